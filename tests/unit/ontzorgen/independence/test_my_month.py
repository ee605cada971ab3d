"""A person's own view of a month: codes and cents that add up, and what comes next."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.independence.rules.my_month import Amount, BookedMonth, PaidCharge, show_my_month
from shared.events.codes import ChargeKind

CENTS = st.integers(0, 300_000)
RENT = PaidCharge(ChargeKind.RENT, 60_000, 60_000)
ENERGY = PaidCharge(ChargeKind.ENERGY, 15_000, 12_000)
BOOKED = BookedMonth("2026-10", 140_000, 7_000, 10_000, 71_000, 3_000)


@pytest.mark.row("vaste-lastenpakket")
class TestMyMonth:
    def test_what_came_in_is_what_was_paid_and_what_is_left(self) -> None:
        month = show_my_month(BOOKED, [RENT, ENERGY], date(2027, 2, 28), 5, frozenset())
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
        month = show_my_month(booked, [], date(2027, 2, 28), 5, frozenset())
        assert sum(amount.cents for amount in month.came_in) == month.paid_cents + month.left_cents

    def test_next_comes_what_is_withheld_and_what_is_paid_alone(self) -> None:
        second = PaidCharge(ChargeKind.RENT, 1_000, 1_000)
        upcoming = show_my_month(BOOKED, [RENT, ENERGY, second], date(2026, 11, 15), 5, {ChargeKind.ENERGY}).next
        assert upcoming is not None
        assert (upcoming.month, upcoming.pay_on, upcoming.relief_ends_on) == (
            "2026-11",
            date(2026, 11, 5),
            date(2026, 11, 15),
        )
        assert (upcoming.withheld, upcoming.pays_alone) == ((Amount("rent", 61_000),), (ChargeKind.ENERGY,))

    def test_nothing_comes_next_once_relief_is_over(self) -> None:
        assert show_my_month(BOOKED, [RENT], date(2026, 10, 31), 5, frozenset()).next is None
