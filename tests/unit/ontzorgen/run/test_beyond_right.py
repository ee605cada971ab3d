"""What was set aside of money that was no right after all: of which months, how much, and never more than is there."""

from dataclasses import replace
from datetime import date

import pytest
from household_in_relief import HOUSEHOLD

# The household and its statement stand beside the tests, which are no package.
from statement_cases import POLICY, household

from services.ontzorgen.household.rules.composition import composition_of_plan
from services.ontzorgen.household.rules.file import LoadedHousehold, MonthsInput
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.run.rules.beyond_right import (
    MonthBefore,
    hand_over_beyond_right,
    list_beyond_right,
    may_hand_over_beyond_right,
)
from services.ontzorgen.statement.rules.holiday import BeyondRight
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import IncomeKind, IncomeTerms, ReductionTerms, Situation
from services.ontzorgen.statement.rules.statement import compute_statement

SEPTEMBER, LAST_DAY = date(2026, 9, 1), date(2027, 2, 28)
OPEN = household(right_from=SEPTEMBER, last_day=LAST_DAY)
OF_A_MONTH = 7_097  # what 1,419.46 sets aside
RUN = ("2026-09", "2026-10", "2026-11")
EARNINGS = IncomeTerms(IncomeKind.EARNINGS, 20_000, date(2026, 10, 1))


def rules_of(month: str) -> MonthRules:
    return MonthRules.resolve(load_law(), POLICY, month)


def run_months(situation: Situation = OPEN, months: tuple[str, ...] = RUN) -> list[MonthBefore]:
    """The months as they were run, each without what it pays of what is set aside."""
    return [(compute_statement(situation, rules_of(month), month), rules_of(month)) for month in months]


class TestMonths:
    @pytest.mark.parametrize(
        ("known_now", "expected"),
        [
            (OPEN, []),
            (replace(OPEN, right_until=date(2026, 11, 30)), []),
            (replace(OPEN, right_until=date(2026, 10, 31)), [("2026-11", OF_A_MONTH)]),
            # 15 of 31 days: 686.84 of which 5 % is set aside
            (replace(OPEN, right_until=date(2026, 10, 15)), [("2026-10", OF_A_MONTH - 3_434), ("2026-11", OF_A_MONTH)]),
            (replace(OPEN, right_until=date(2026, 8, 31)), [(month, OF_A_MONTH) for month in RUN]),
            (replace(OPEN, income=(EARNINGS,)), [("2026-10", 1_000), ("2026-11", 1_000)]),
        ],
    )
    def test_each_month_has_what_it_set_aside_beyond_what_is_a_right_now(
        self, known_now: Situation, expected: list[tuple[str, int]]
    ) -> None:
        beyond = list_beyond_right(run_months(), known_now, 3 * OF_A_MONTH)
        assert [(part.month, part.cents) for part in beyond] == expected

    @pytest.mark.parametrize(
        ("reserved_cents", "expected"),
        [
            (0, []),
            (1, [("2026-09", 1)]),
            (OF_A_MONTH, [("2026-09", OF_A_MONTH)]),
            (OF_A_MONTH + 1, [("2026-09", OF_A_MONTH), ("2026-10", 1)]),
            (9 * OF_A_MONTH, [(month, OF_A_MONTH) for month in RUN]),
        ],
    )
    def test_it_is_never_more_than_is_set_aside_in_all_the_oldest_month_first(
        self, reserved_cents: int, expected: list[tuple[str, int]]
    ) -> None:
        over = replace(OPEN, right_until=date(2026, 8, 31))
        assert [tuple(part) for part in list_beyond_right(run_months(), over, reserved_cents)] == expected

    @pytest.mark.parametrize("name", ["holiday_paid_cents", "holiday_handed_over_cents"])
    def test_what_an_earlier_month_paid_or_handed_over_is_not_set_aside_any_more(self, name: str) -> None:
        before = run_months()
        statement, rules = before[1]
        over = replace(OPEN, right_until=date(2026, 8, 31))
        for left_cents, still_aside in ((2 * OF_A_MONTH, RUN[2:]), (2 * OF_A_MONTH - 1, RUN[1:])):
            before[1] = (statement._replace(**{name: left_cents}), rules)
            beyond = list_beyond_right(before, over, 3 * OF_A_MONTH)
            assert tuple(part.month for part in beyond) == still_aside

    def test_what_was_paid_and_what_was_handed_over_left_together(self) -> None:
        before = run_months()
        statement, rules = before[1]
        half = {"holiday_paid_cents": OF_A_MONTH, "holiday_handed_over_cents": OF_A_MONTH}
        before[1] = (statement._replace(**half), rules)
        over = replace(OPEN, right_until=date(2026, 8, 31))
        assert [part.month for part in list_beyond_right(before, over, 3 * OF_A_MONTH)] == ["2026-11"]


def test_a_month_hands_that_over_beside_what_it_hands_over_anyway() -> None:
    (statement, _), *_ = run_months()
    beyond = (BeyondRight("2026-07", 300), BeyondRight("2026-08", 20))
    month = hand_over_beyond_right(statement._replace(holiday_handed_over_cents=5_000), beyond)
    assert (month.holiday_handed_over_cents, month.holiday_beyond_right_cents) == (5_320, 320)
    assert month.holiday_beyond_right == beyond


PLAN = composition_of_plan(
    HOUSEHOLD.first_day, HOUSEHOLD.household_type, HOUSEHOLD.age_band, has_children=HOUSEHOLD.has_children
)
AS_PLANNED = Situation(HOUSEHOLD.right_from, (PLAN,), last_day=HOUSEHOLD.last_day)
SET_ASIDE = replace(HOUSEHOLD, holiday_reserve_cents=1, next_month="2027-03")
RUN_BEYOND = replace(SET_ASIDE, right_until=date(2027, 2, 28))


@pytest.mark.parametrize(
    ("home", "situation", "month", "may"),
    [
        (SET_ASIDE, AS_PLANNED, "2027-03", False),
        (RUN_BEYOND, AS_PLANNED, "2027-03", True),
        (replace(RUN_BEYOND, right_until=date(2027, 3, 1)), AS_PLANNED, "2027-03", False),
        (replace(RUN_BEYOND, holiday_reserve_cents=0), AS_PLANNED, "2027-03", False),
        (RUN_BEYOND, AS_PLANNED, "2027-02", False),  # not the last month of relief, and not June
        (SET_ASIDE, replace(AS_PLANNED, income=(EARNINGS,)), "2027-03", True),
        (SET_ASIDE, replace(AS_PLANNED, reductions=(ReductionTerms(30, SEPTEMBER),)), "2027-03", True),
        (SET_ASIDE, replace(AS_PLANNED, compositions=(replace(PLAN, cost_sharers=1),)), "2027-03", True),
        (SET_ASIDE, replace(AS_PLANNED, compositions=(PLAN, PLAN)), "2027-03", True),
    ],
)
def test_only_a_household_of_which_something_can_have_become_known_may_hand_over(
    home: Household, situation: Situation, month: str, *, may: bool
) -> None:
    loaded = LoadedHousehold(home, MonthsInput(situation))
    assert may_hand_over_beyond_right(loaded, rules_of(month)) is may
