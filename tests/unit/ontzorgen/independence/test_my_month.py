"""A person's own view of a month: codes and cents that add up, and what comes next."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ontzorgen.independence.rules.my_month import Amount, Booked, Paid, my_month
from shared.events.codes import ChargeKind

CENTS = st.integers(0, 300_000)
RENT = Paid(ChargeKind.RENT, 60_000, 60_000)
ENERGY = Paid(ChargeKind.ENERGY, 15_000, 12_000)
BOOKED = Booked("2026-10", 140_000, 7_000, 10_000, 71_000, 3_000)


@pytest.mark.row("vaste-lastenpakket")
class TestMyMonth:
    def test_what_came_in_is_what_was_paid_and_what_is_left(self) -> None:
        seen = my_month(BOOKED, [RENT, ENERGY], date(2027, 2, 28), 5, frozenset())
        assert seen.came_in == (
            Amount("assistance", 140_000),
            Amount("holiday_reserve", -7_000),
            Amount("allowances_and_grants", 10_000),
        )
        assert (seen.came_in_cents, seen.paid_cents, seen.left_cents, seen.short_cents) == (
            143_000,
            72_000,
            71_000,
            3_000,
        )

    @given(CENTS, CENTS, CENTS, CENTS)
    def test_no_cent_is_left_out_whatever_the_month(self, norm: int, reserve: int, other: int, left: int) -> None:
        booked = Booked("2026-10", norm, min(reserve, norm), other, left, 0)
        seen = my_month(booked, [], date(2027, 2, 28), 5, frozenset())
        assert sum(one.cents for one in seen.came_in) == seen.paid_cents + seen.left_cents

    def test_next_comes_what_is_withheld_and_what_is_paid_alone(self) -> None:
        second = Paid(ChargeKind.RENT, 1_000, 1_000)
        coming = my_month(BOOKED, [RENT, ENERGY, second], date(2026, 11, 15), 5, {ChargeKind.ENERGY}).next
        assert coming is not None
        assert (coming.month, coming.pay_on, coming.relief_ends_on) == (
            "2026-11",
            date(2026, 11, 5),
            date(2026, 11, 15),
        )
        assert (coming.withheld, coming.pays_alone) == ((Amount("rent", 61_000),), (ChargeKind.ENERGY,))

    def test_nothing_comes_next_once_relief_is_over(self) -> None:
        assert my_month(BOOKED, [RENT], date(2026, 10, 31), 5, frozenset()).next is None
