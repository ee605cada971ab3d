"""Bank accounts: what may be proposed, and who may confirm it."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.ontzorgen.bank.rules.accounts import (
    BankAccount,
    PayableAccount,
    build_charge_holder,
    build_person_holder,
    check_proposal,
    count_sharing_households,
    find_household_id,
    needs_confirmation,
    require_own_account,
    require_same_account,
)
from shared.errors.refusals import ConflictError, WrongInputError
from shared.testing.bank_files import IBAN

ACCOUNT = BankAccount(UUID(int=1), "municipality", "Gemeente Testdorp", IBAN, proposed_by="first")


class TestProposals:
    def test_an_account_that_cannot_be_paid_or_read_is_refused_without_being_repeated(self) -> None:
        check_proposal(is_payable=True, is_readable=True)
        with pytest.raises(WrongInputError, match="check digits"):
            check_proposal(is_payable=False, is_readable=True)
        with pytest.raises(WrongInputError, match="in Latin letters"):
            check_proposal(is_payable=True, is_readable=False)

    @pytest.mark.parametrize("changes", [{"holder": "person:1"}, {"name": "Gemeente Elders"}, {"iban": "NL00"}])
    def test_an_id_in_use_is_the_same_account_or_refused(self, changes: dict[str, str]) -> None:
        confirmed = replace(ACCOUNT, confirmed_by="second")
        assert require_same_account(confirmed, ACCOUNT) == confirmed
        with pytest.raises(ConflictError, match="in use for another account"):
            require_same_account(confirmed, replace(ACCOUNT, **changes))
        with pytest.raises(ConflictError, match="in use for another account"):
            require_same_account(None, ACCOUNT)

    def test_each_holder_has_a_key_of_its_own(self) -> None:
        assert build_person_holder("partner", UUID(int=1)) == f"partner:{UUID(int=1)}"
        assert build_charge_holder(UUID(int=1)) == f"charge:{UUID(int=1)}"


class TestConfirmations:
    def test_a_colleague_confirms_once_and_the_proposer_never(self) -> None:
        assert needs_confirmation(ACCOUNT, "second")
        assert not needs_confirmation(replace(ACCOUNT, confirmed_by="second"), "third")
        with pytest.raises(ConflictError, match="let a colleague compare"):
            needs_confirmation(ACCOUNT, "first")

    def test_nothing_is_paid_from_an_account_that_nobody_confirmed(self) -> None:
        own = PayableAccount("Gemeente Testdorp", IBAN)
        assert require_own_account(own) == own
        with pytest.raises(ConflictError, match="no confirmed account"):
            require_own_account(None)


def test_other_households_share_an_account_and_partners_and_the_municipality_do_not() -> None:
    first, second, third = UUID(int=1), UUID(int=2), UUID(int=3)
    person = build_person_holder("person", first)
    both = {person, build_person_holder("partner", first)}
    others = {build_person_holder("person", second), build_person_holder("partner", second), f"person:{third}"}
    assert count_sharing_households(person, both) == 0
    assert count_sharing_households(person, both | others) == 2
    assert count_sharing_households(person, both | others | {"municipality"}) == 0
    assert count_sharing_households("municipality", others) == 0
    assert (find_household_id(person), find_household_id("municipality")) == (first, None)
