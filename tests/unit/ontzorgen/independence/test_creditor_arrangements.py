"""What is arranged with each creditor for the end of relief, and the day of its direct debit."""

from datetime import date
from uuid import uuid4

import pytest
from independence_states import ENERGY, FIRST, HOUSEHOLD_ID, OPENS, RENT

from services.ontzorgen.household.rules.creditors import Creditor, CreditorKind
from services.ontzorgen.independence.rules.creditor_arrangements import (
    CreditorArrangement,
    find_first_debit,
    list_arrangements,
    suggest_debit_day,
)
from services.ontzorgen.independence.rules.phase_out import DirectDebit
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.events.codes import ChargeKind

RENT_DEBIT = DirectDebit(uuid4(), HOUSEHOLD_ID, RENT.creditor, RENT.kind, 6, OPENS)


class TestArrangements:
    @pytest.mark.parametrize(("pay_day", "debit_day"), [(1, 2), (20, 21), (28, 1)])
    def test_a_direct_debit_is_suggested_for_the_day_after_the_benefit(self, pay_day: int, debit_day: int) -> None:
        assert suggest_debit_day(pay_day) == debit_day

    def test_an_arrangement_shows_who_knows_and_which_day_was_agreed(self) -> None:
        register = {
            "stroom": Creditor(
                uuid4(), "stroom", "Stroom BV", CreditorKind.ENERGY, "NL91ABNA0417164300", FIRST, None, True, None, 3
            )
        }
        policy = IndependencePolicy(pay_day=5)
        listed = list_arrangements(([RENT, ENERGY], [ENERGY]), [RENT_DEBIT], policy, date(2027, 3, 15), register)
        assert listed == [
            CreditorArrangement("woonstad", ChargeKind.RENT, True, 6, 6, None, date(2027, 4, 6), False),
            # It collects on the third, so the money of April's benefit is there for it on the third of May.
            CreditorArrangement("stroom", ChargeKind.ENERGY, False, 3, None, 3, date(2027, 5, 3), True),
        ]

    @pytest.mark.parametrize(
        ("own_day", "follows_benefit", "day"),
        [(None, False, 6), (3, False, 3), (20, False, 20), (12, True, 12), (13, True, 6), (3, True, 6)],
    )
    def test_the_creditors_own_day_is_suggested_where_the_policy_lets_it(
        self, own_day: int | None, *, follows_benefit: bool, day: int
    ) -> None:
        assert suggest_debit_day(5, own_day, follows_benefit=follows_benefit) == day

    @pytest.mark.parametrize(
        ("last_day", "debit_day", "first_on"),
        [
            (date(2027, 3, 15), 5, date(2027, 4, 5)),
            (date(2027, 3, 31), 6, date(2027, 4, 6)),
            (date(2026, 12, 31), 4, date(2027, 2, 4)),
        ],
    )
    def test_the_first_direct_debit_never_comes_before_the_benefit_that_pays_it(
        self, last_day: date, debit_day: int, first_on: date
    ) -> None:
        assert find_first_debit(last_day, 5, debit_day) == first_on
