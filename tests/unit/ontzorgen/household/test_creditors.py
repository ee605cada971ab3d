"""The register of creditors: procedures, and accounts that a second person confirms."""

from dataclasses import replace
from uuid import uuid4

import pytest
from household_in_relief import FIRST_DAY, HOUSEHOLD

from services.ontzorgen.household.rules.charges import Charge, Mandate, MandateProcedure
from services.ontzorgen.household.rules.creditors import (
    Creditor,
    CreditorKind,
    compare_account,
    record_creditor,
    refuse_same_person,
)
from services.ontzorgen.household.rules.file import derive_months_input
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.recorder import Recorder
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind


@pytest.mark.row("machtigingen")
class TestCreditors:
    ENERGY = Creditor(uuid4(), "stroom", "Stroom BV", CreditorKind.ENERGY, "NL91ABNA0417164300", FIRST_DAY)

    def test_procedures_differ_between_kinds_and_a_creditor_may_have_its_own(self) -> None:
        insurer = replace(self.ENERGY, kind=CreditorKind.HEALTH_INSURER)
        assert self.ENERGY.mandate_procedure is not insurer.mandate_procedure
        own = replace(self.ENERGY, procedure=MandateProcedure.SIGNED_FORM)
        assert own.mandate_procedure is MandateProcedure.SIGNED_FORM

    def test_an_account_that_is_new_or_changed_waits_for_someone_else(self) -> None:
        same, moved = (replace(self.ENERGY, id=uuid4(), iban=iban) for iban in (self.ENERGY.iban, "NL20INGB0001234567"))
        first, _ = record_creditor([], moved, is_confirmed=True)
        unchanged, _ = record_creditor([self.ENERGY], same, is_confirmed=True)
        unseen, _ = record_creditor([self.ENERGY], same, is_confirmed=False)
        changed, _ = record_creditor([self.ENERGY], moved, is_confirmed=True)
        versions = (first, unchanged, unseen, changed)
        assert [version.needs_confirmation for version in versions] == [True, False, True, True]
        with pytest.raises(ConflictError, match="let a colleague"):
            refuse_same_person(Recorder("budget_manager", "a"), Recorder("case_manager", "a"))

    def test_a_charge_without_mandate_is_kept_apart_from_those_that_may_be_paid(self) -> None:
        rent = Charge(uuid4(), ChargeKind.RENT, "woonstad", None, "huur", 60_000, FIRST_DAY, None)
        power = replace(rent, id=uuid4(), kind=ChargeKind.ENERGY, creditor="stroom")
        mandate = Mandate(uuid4(), ChargeKind.RENT, "woonstad", FIRST_DAY)
        months = derive_months_input(HouseholdFile(HOUSEHOLD, (rent, power), (mandate,)))
        assert [charge.key for charge in months.situation.charges] == [rent.key]
        assert [charge.key for charge in months.without_mandate] == [power.key]

    def test_an_account_other_than_the_registers_confirmed_one_must_be_confirmed(self) -> None:
        charge = Charge(uuid4(), ChargeKind.ENERGY, "stroom", "NL20INGB0001234567", "stroom", 9_000, FIRST_DAY, None)
        as_registered, without = replace(charge, iban=self.ENERGY.iban), replace(charge, iban=None)
        assert compare_account(charge, self.ENERGY, is_confirmed=True).needs_confirmation
        assert compare_account(charge, None, is_confirmed=False).needs_confirmation, "a new one is as unknown"
        assert compare_account(as_registered, self.ENERGY, is_confirmed=False).needs_confirmation
        assert not compare_account(as_registered, self.ENERGY, is_confirmed=True).needs_confirmation
        assert not compare_account(without, self.ENERGY, is_confirmed=False).needs_confirmation, "the register's waits"

    def test_a_charge_without_an_account_needs_a_creditor_on_the_register(self) -> None:
        charge = Charge(uuid4(), ChargeKind.ENERGY, "stroom", None, "stroom", 9_000, FIRST_DAY, None)
        with pytest.raises(WrongInputError, match="register it first"):
            compare_account(charge, None, is_confirmed=False)
