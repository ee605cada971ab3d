"""A person's own view of a month: codes and cents that add up, and what comes next."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.independence.rules.my_month import Amount, BookedMonth, PaidCharge, show_my_month
from services.ontzorgen.independence.rules.own_month import sum_received
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus
from shared.events.codes import ChargeKind

CENTS = st.integers(0, 300_000)
RENT = PaidCharge(ChargeKind.RENT, 60_000, 60_000)
ENERGY = PaidCharge(ChargeKind.ENERGY, 15_000, 12_000)
PAY_ON = date(2026, 11, 5)
BOOKED = BookedMonth("2026-10", 140_000, 7_000, 10_000, 71_000, 3_000)


@pytest.mark.row("vaste-lastenpakket")
class TestMyMonth:
    def test_what_came_in_is_what_was_paid_and_what_is_left(self) -> None:
        month = show_my_month(BOOKED, [RENT, ENERGY], date(2027, 2, 28), PAY_ON, frozenset())
        assert month.came_in == (
            Amount("assistance", 140_000),
            Amount("holiday_reserve", -7_000),
            Amount("allowances_and_grants", 10_000),
        )
        assert (month.came_in_cents, month.paid_cents, month.left_cents, month.short_cents) == (
            143_000,
            72_000,
            71_000,
            3_000,
        )

    @given(CENTS, CENTS, CENTS, CENTS)
    def test_no_cent_is_left_out_whatever_the_month(self, norm: int, reserve: int, other: int, left: int) -> None:
        booked = BookedMonth("2026-10", norm, min(reserve, norm), other, left, 0)
        month = show_my_month(booked, [], date(2027, 2, 28), PAY_ON, frozenset())
        assert sum(amount.cents for amount in month.came_in) == month.paid_cents + month.left_cents

    def test_next_comes_what_is_withheld_and_what_is_paid_alone(self) -> None:
        second = PaidCharge(ChargeKind.RENT, 1_000, 1_000)
        upcoming = show_my_month(BOOKED, [RENT, ENERGY, second], date(2026, 11, 15), PAY_ON, {ChargeKind.ENERGY}).next
        assert upcoming is not None
        assert (upcoming.month, upcoming.pay_on, upcoming.relief_ends_on) == (
            "2026-11",
            PAY_ON,
            date(2026, 11, 15),
        )
        assert (upcoming.withheld, upcoming.pays_alone) == ((Amount("rent", 61_000),), (ChargeKind.ENERGY,))

    def test_nothing_comes_next_once_relief_is_over(self) -> None:
        assert show_my_month(BOOKED, [RENT], date(2026, 10, 31), PAY_ON, frozenset()).next is None

    @pytest.mark.parametrize(
        ("for_months", "last_day", "withheld"),
        [
            (("2026-10", "2026-11"), date(2027, 2, 28), [Amount("rent", 60_000)]),
            (("2026-11",), date(2026, 12, 31), [Amount("rent", 60_000)]),
            (("2026-11",), date(2026, 11, 30), []),
            (("2026-09", "2026-10"), date(2027, 2, 28), [Amount("rent", 60_000)]),
        ],
        ids=["two months at first", "a month ahead", "the last month was paid ahead", "an earlier month waited"],
    )
    def test_what_is_withheld_next_is_one_month_of_each_charge(
        self, for_months: tuple[str, ...], last_day: date, withheld: list[Amount]
    ) -> None:
        rents = [replace(RENT, for_month=for_month) for for_month in for_months]
        upcoming = show_my_month(BOOKED, rents, last_day, PAY_ON, frozenset()).next
        assert upcoming is not None
        assert list(upcoming.withheld) == withheld


def test_what_came_to_a_person_has_the_holiday_allowance_in_it() -> None:
    days = [date(2026, 6, 5), date(2026, 6, 12)]
    statement = Statement(
        "2026-06",
        StatementStatus.OK,
        payments=tuple(Payment(day, payee, 100_00) for day in days for payee in ("person", "partner")),
        holiday_payments=(Payment(days[0], "person", 70_01), Payment(days[0], "partner", 70_00)),
    )
    received = {role: sum_received(statement, role) for role in PersonRole}
    assert received == {PersonRole.PERSON: 270_01, PersonRole.PARTNER: 270_00, PersonRole.ADULT_CHILD: 0}
