"""Instructions: ids that follow from what is paid, corrections netted per creditor, and refused ones replaced."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.bank.rules.accounts import PayableAccount
from services.ontzorgen.bank.rules.instructions import (
    FAULTS_SHOWN_MAX,
    Instruction,
    ReleasedPayment,
    has_new_account,
    instruct,
    list_transfers,
    net_corrections,
    refuse_wrong_accounts,
    replace_instruction,
    require_refused,
    require_unpaid,
    sum_by_household,
)
from services.ontzorgen.bank.rules.payees import Payee
from services.ontzorgen.run.rules.released_runs import (
    PaidLine,
    PaymentPurpose,
    ReleasedMonth,
    ReleasedRun,
    require_released,
)
from shared.calendar import target_day_from
from shared.errors.refusals import ConflictError, WrongInputError
from shared.events.codes import ChargeKind

FIRST = date(2026, 7, 1)
PAYEE = Payee("h", "Woonstad", "NL39RABO0300065264", "huur")
RENT = ReleasedPayment(
    household_id=UUID(int=1),
    run_id=UUID(int=7),
    month="2026-07",
    key=f"woonstad/rent/{UUID(int=2)}",
    kind=ChargeKind.RENT,
    for_month="2026-07",
    is_correction=False,
    on=FIRST,
    amount_cents=5,
    payee=PAYEE,
)
LINE = PaidLine("k", ChargeKind.RENT, "woonstad", "2026-07", is_correction=False, on=None, cents=500)


class TestInstruct:
    def test_an_instruction_says_all_of_what_is_paid(self) -> None:
        correction = replace(RENT, for_month="2026-05", is_correction=True, on=date(2026, 7, 4))
        assert instruct(correction, FIRST) == Instruction(
            id=UUID("716d4127-1867-5468-ad58-8cad2a049afa"),
            household_id=RENT.household_id,
            run_id=RENT.run_id,
            month="2026-07",
            key=RENT.key,
            kind=ChargeKind.RENT,
            for_month="2026-05",
            is_correction=True,
            execute_on=date(2026, 7, 6),
            amount_cents=5,
            holder="h",
            name="Woonstad",
            iban=PAYEE.iban,
            remittance="huur",
        )

    def test_a_payment_keeps_its_id_in_every_version_of_the_software_so_that_it_is_never_paid_twice(self) -> None:
        """An id that changes is a second payment to the bank: these are the ids as they were first given out."""
        person = replace(RENT, kind=None, key="person", for_month="")
        payments = (
            RENT,
            person,
            replace(person, on=date(2026, 7, 8)),
            replace(person, for_month="2026-07", purpose=PaymentPurpose.HOLIDAY_ALLOWANCE),
            replace(RENT, kind=None, purpose=PaymentPurpose.ATTACHMENT),
        )
        assert [str(instruct(payment, FIRST).id) for payment in payments] == [
            "68bc72c8-a0cb-57be-bc45-aceff6ac2b29",
            "26b8336e-4949-5d3b-950f-e25d89a1b180",
            "dab69621-ae0e-5e49-87f1-9add523f825e",
            "49fbdd25-9590-50c4-8cf8-9d2a08f69407",
            "e5624512-a255-5e93-9d9e-a60bde17d303",
        ]

    def test_a_correction_and_the_charge_of_one_month_and_the_days_of_a_person_are_payments_of_their_own(self) -> None:
        person = replace(RENT, kind=None, key="person", for_month="")
        later = date(2026, 7, 8)
        assert instruct(replace(RENT, is_correction=True), FIRST).id != instruct(RENT, FIRST).id
        assert instruct(replace(person, on=later), FIRST).id != instruct(person, FIRST).id
        assert instruct(replace(RENT, on=later), FIRST).id == instruct(RENT, FIRST).id, "once a month, whatever the day"

    def test_another_payment_of_the_same_charge_has_another_id_and_a_changed_amount_keeps_it(self) -> None:
        first = instruct(RENT, FIRST)
        assert instruct(replace(RENT, for_month="2026-06", is_correction=True), FIRST).id != first.id
        dearer = replace(RENT, amount_cents=6)
        assert instruct(dearer, FIRST).id == first.id, "so that the bank refuses to pay it twice"

    def test_a_payment_without_a_payee_is_not_instructed(self) -> None:
        with pytest.raises(ValueError, match="hold it"):
            instruct(replace(RENT, payee=None), FIRST)

    @pytest.mark.parametrize("cents", [0, -1])
    def test_nothing_and_less_than_nothing_is_not_instructed(self, cents: int) -> None:
        with pytest.raises(ValueError, match="hold it"):
            instruct(replace(RENT, amount_cents=cents), FIRST)
        assert instruct(replace(RENT, amount_cents=1), FIRST).amount_cents == 1

    def test_payments_leave_on_days_that_the_banks_settle_and_on_dutch_holidays_too(self) -> None:
        good_friday, kings_day, ascension = date(2026, 4, 3), date(2026, 4, 27), date(2026, 5, 14)
        assert target_day_from(good_friday) == date(2026, 4, 7)
        assert [target_day_from(day) for day in (kings_day, ascension)] == [kings_day, ascension]


class TestReplacement:
    def test_a_refused_payment_is_replaced_with_another_id_and_on_another_account(self) -> None:
        refused = instruct(replace(RENT, kind=None), FIRST)
        same = PayableAccount("Woonstad", refused.iban)
        other = PayableAccount("Woonstad Rotterdam", "DE89370400440532013000")
        with pytest.raises(ConflictError, match="right account"):
            replace_instruction(refused, "AC04", same, date(2026, 7, 6))
        replacement = replace_instruction(refused, "AC04", other, date(2026, 7, 4))
        assert replacement == replace(
            refused,
            id=UUID("dfa6feae-a2a0-57e5-9c6e-c27c17c3f7f5"),
            name="Woonstad Rotterdam",
            iban=other.iban,
            execute_on=date(2026, 7, 6),
            attempt=2,
            replaces=refused.id,
        )

    def test_only_another_account_makes_good_what_was_refused_for_its_account(self) -> None:
        refused = instruct(RENT, FIRST)
        same, other = PayableAccount("Woonstad", refused.iban), PayableAccount("Woonstad", "DE89370400440532013000")
        assert [has_new_account(refused, "AC04", account) for account in (None, same, other)] == [False, False, True]
        assert not has_new_account(refused, "AM04", other)
        with pytest.raises(ConflictError, match="No confirmed account"):
            replace_instruction(refused, "AM04", None, FIRST)

    def test_what_was_not_refused_or_was_paid_after_all_is_not_replaced(self) -> None:
        assert require_refused("AC04") == "AC04"
        with pytest.raises(ConflictError, match="did not refuse"):
            require_refused(None)
        require_unpaid(is_paid_after_all=False)
        with pytest.raises(ConflictError, match="paid twice"):
            require_unpaid(is_paid_after_all=True)


class TestTransfers:
    @given(st.lists(st.integers(-500, 1_000), min_size=1, max_size=8))
    def test_what_is_set_off_against_a_creditor_is_neither_lost_nor_taken_from_another(self, cents: list[int]) -> None:
        own = [
            PaidLine(f"k{n}", ChargeKind.RENT, "woonstad", "2026-07", one < 0, None, one) for n, one in enumerate(cents)
        ]
        other = PaidLine("o", ChargeKind.WATER, "vitens", "2026-07", is_correction=False, on=None, cents=700)
        if sum(cents) < 0:
            with pytest.raises(ValueError, match="more than its creditor gets"):
                net_corrections([*own, other])
            return
        transfers = net_corrections([*own, other])
        assert sum(line.cents for line in transfers) == sum(cents) + 700
        assert other in transfers
        assert all(line.cents > 0 for line in transfers)

    def test_a_correction_takes_from_the_last_line_of_its_creditor_and_from_no_other(self) -> None:
        one, other = LINE._replace(key="one", cents=1), LINE._replace(key="other", creditor="vitens", cents=900)
        nothing, last = LINE._replace(key="nothing", cents=0), LINE._replace(key="last", cents=300)
        owed = LINE._replace(key="owed", is_correction=True, cents=-301)
        assert net_corrections([one, other, nothing, last, owed._replace(cents=-299)]) == [
            one,
            other,
            last._replace(cents=1),
        ]
        assert net_corrections([owed, one, last, other, nothing]) == [other]
        assert net_corrections([one, LINE, last, owed]) == [one, LINE._replace(cents=499)]
        with pytest.raises(ValueError, match="more than its creditor gets"):
            net_corrections([one, last, other, owed._replace(cents=-302)])
        with pytest.raises(ValueError, match="more than its creditor gets"):
            net_corrections([owed])

    def test_a_month_that_is_not_what_was_sealed_or_a_run_that_is_not_released_pays_nothing(self) -> None:
        month = ReleasedMonth(UUID(int=1), (LINE,), 500)
        assert list_transfers(month) == [LINE]
        with pytest.raises(ConflictError, match="what was sealed"):
            list_transfers(month._replace(total_cents=499))
        run = ReleasedRun(UUID(int=7), "2026-07", is_released=True, released_on=FIRST)
        require_released(run)
        with pytest.raises(ConflictError, match="release it first"):
            require_released(replace(run, is_released=False))

    def test_wrong_accounts_are_named_by_their_charge_and_no_more_than_can_be_read(self) -> None:
        refuse_wrong_accounts([])
        with pytest.raises(WrongInputError, match=f"The account of {UUID(int=2)} cannot be paid") as refused:
            refuse_wrong_accounts([RENT.key] * (FAULTS_SHOWN_MAX + 1))
        assert len(refused.value.faults) == FAULTS_SHOWN_MAX

    def test_what_waits_for_an_account_is_summed_by_household_and_month(self) -> None:
        other = replace(RENT, household_id=UUID(int=3), amount_cents=7)
        assert sum_by_household([RENT, other, RENT]) == {
            (UUID(int=1), "2026-07"): 10,
            (UUID(int=3), "2026-07"): 7,
        }


class TestPurposes:
    def test_holiday_allowance_and_living_money_of_one_day_are_two_payments(self) -> None:
        person = replace(RENT, kind=None, key="person")
        holiday = replace(person, purpose=PaymentPurpose.HOLIDAY_ALLOWANCE)
        attachment = replace(person, purpose=PaymentPurpose.ATTACHMENT)
        ids = {instruct(payment, FIRST).id for payment in (person, holiday, attachment)}
        assert len(ids) == 3
        assert instruct(replace(holiday, on=date(2026, 7, 9)), FIRST).id in ids, "once a month, whatever the day"
        assert instruct(holiday, FIRST).purpose is PaymentPurpose.HOLIDAY_ALLOWANCE

    def test_a_creditor_of_a_charge_nets_nothing_against_an_attachment(self) -> None:
        owed = PaidLine("k", ChargeKind.RENT, "woonstad", "2026-06", is_correction=True, on=None, cents=-300)
        attachment = LINE._replace(key="a", kind=None, cents=900, purpose=PaymentPurpose.ATTACHMENT)
        assert net_corrections([LINE, attachment, owed]) == [LINE._replace(cents=200), attachment]
        assert not attachment.is_to_person
