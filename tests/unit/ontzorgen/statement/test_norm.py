"""Which norm a household has: its kind, its ages on the day, who shares costs, and which days have a right."""

from dataclasses import replace
from datetime import date

import pytest

from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, ParentsSupport, Situation
from services.ontzorgen.statement.rules.statement import Statement, compute_statement
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType, ShortfallSolution

FIRST = date(2026, 7, 1)
SINGLE, PARENT, COUPLE = HouseholdType.SINGLE, HouseholdType.SINGLE_PARENT, HouseholdType.COUPLE
UNABLE, PENDING = ParentsSupport.UNABLE, ParentsSupport.PENDING
CHILD = (Child(age=4),)


def home(
    kind: HouseholdType, *ages: int, sharers: int = 0, child: bool = False, support: ParentsSupport = UNABLE
) -> Composition:
    adults = tuple(Adult(age=age, parents_support=support) for age in ages)
    return Composition(FIRST, kind, adults, CHILD if child else (), sharers)


def month_of_home(
    *homes: Composition, month: str = "2026-07", right_from: date = FIRST, **changes: object
) -> Statement:
    situation = replace(Situation(right_from, homes), **changes)
    return compute_statement(situation, MonthRules.resolve(load_law(), policy_in_force("gm0637", FIRST), month), month)


@pytest.mark.parametrize(
    ("composition", "norm_cents"),
    [
        (home(SINGLE, 21), 141_946),
        (home(PARENT, 66, child=True), 141_946),
        (home(SINGLE, 67), 158_734),
        (home(COUPLE, 21, 66), 202_779),
        (home(COUPLE, 21, 67), 217_610),
        (home(SINGLE, 20, support=ParentsSupport.ABLE), 35_042),
        (home(PARENT, 18, child=True, support=ParentsSupport.ABLE), 35_042),
        (home(COUPLE, 18, 20, support=ParentsSupport.ABLE), 70_084),
        (home(COUPLE, 18, 20, child=True, support=ParentsSupport.ABLE), 110_640),
        (home(COUPLE, 20, 21, support=ParentsSupport.ABLE), 136_432),
        (home(COUPLE, 30, 19, child=True, support=ParentsSupport.ABLE), 176_988),
    ],
)
def test_each_household_has_the_norm_of_july_2026(composition: Composition, norm_cents: int) -> None:
    assert month_of_home(composition).norm_cents == norm_cents


class TestYoung:
    @pytest.mark.parametrize(
        ("composition", "norm_cents"),
        [
            (home(SINGLE, 19), 35_042 + 76_224),
            (home(COUPLE, 19, 19, child=True), 202_779),  # 110,640 and twice 76,224 are over the norm from 21 on
            (home(COUPLE, 19, 30), 202_779),
            (home(COUPLE, 18, 18), 202_779),
        ],
    )
    def test_the_supplement_is_capped_at_the_norm_from_21_on(self, composition: Composition, norm_cents: int) -> None:
        assert month_of_home(composition).norm_cents == norm_cents

    def test_before_2026_there_is_no_supplement(self) -> None:
        december = month_of_home(home(SINGLE, 19), month="2025-12", right_from=date(2025, 12, 1))
        assert (december.norm_cents, december.task_for) == (33_798, None)

    def test_a_pending_decision_gives_no_supplement_and_a_task(self) -> None:
        july = month_of_home(home(SINGLE, 19, support=PENDING))
        assert (july.norm_cents, july.task_for) == (35_042, "case_manager")
        assert july.solutions == (ShortfallSolution.YOUTH_SUPPLEMENT,)


class TestCostSharers:
    @pytest.mark.parametrize(
        ("composition", "norm_cents"),
        [
            (home(SINGLE, 30, sharers=1), 101_390),
            (home(PARENT, 30, sharers=3, child=True), 81_112),
            (home(COUPLE, 30, 30, sharers=1), 2 * 87_871),
            (home(SINGLE, 70, sharers=1), 108_805),
            (home(SINGLE, 20, sharers=2, support=ParentsSupport.ABLE), 35_042),
            (home(COUPLE, 30, 20, sharers=1, support=ParentsSupport.ABLE), 101_390 + 35_042),
            (home(COUPLE, 30, 20, sharers=1), 202_779),
            (home(COUPLE, 30, 20, sharers=4), 77_056 + 35_042 + 76_224),
        ],
    )
    def test_those_of_21_and_older_share_and_the_young_do_not(self, composition: Composition, norm_cents: int) -> None:
        assert month_of_home(composition).norm_cents == norm_cents


class TestDays:
    @pytest.mark.parametrize(
        ("right_from", "right_until", "norm_cents"),
        [
            (date(2026, 7, 16), None, 73_262),  # 16 of 31 days
            (date(2026, 7, 1), date(2026, 7, 1), 4_579),
            (date(2026, 6, 1), date(2026, 7, 10), 45_789),
        ],
    )
    def test_only_days_with_a_right_count(self, right_from: date, right_until: date | None, norm_cents: int) -> None:
        july = month_of_home(home(SINGLE, 30), right_from=right_from, right_until=right_until)
        assert july.norm_cents == norm_cents
        assert july.payable_cents + july.holiday_reserve_cents == norm_cents

    def test_a_birthday_counts_from_the_day_itself(self) -> None:
        turns_21 = Composition(FIRST, SINGLE, (Adult(born_on=date(2005, 7, 16)),))
        july = month_of_home(turns_21)
        assert july.norm_cents == round((15 * 35_042 + 16 * 141_946) / 31)

    def test_someone_born_on_29_february_is_a_year_older_on_1_march_in_a_common_year(self) -> None:
        turns_21 = Composition(FIRST, SINGLE, (Adult(born_on=date(2008, 2, 29)),))
        assert month_of_home(turns_21, month="2029-02").norm_cents == 35_042
        assert month_of_home(turns_21, month="2029-03").norm_cents == 141_946

    def test_a_household_that_changes_in_the_month_has_each_norm_for_its_days(self) -> None:
        before, after = home(SINGLE, 30), replace(home(COUPLE, 30, 30), from_day=date(2026, 9, 11))
        september = month_of_home(after, before, month="2026-09")
        assert september.norm_cents == round((10 * 141_946 + 20 * 202_779) / 30)

    def test_a_child_of_a_young_couple_counts_until_the_day_it_turns_18(self) -> None:
        couple = replace(
            home(COUPLE, 20, 20, support=ParentsSupport.ABLE), children=(Child(born_on=date(2008, 7, 11)),)
        )
        assert month_of_home(couple).norm_cents == round((10 * 110_640 + 21 * 70_084) / 31)


@pytest.mark.parametrize(
    ("composition", "sentence"),
    [
        (home(SINGLE, 17), "An adult is under 18 on a day with a right"),
        (home(SINGLE, 30, 30), "A household of kind single has exactly one adult"),
        (home(PARENT), "A household of kind single_parent has exactly one adult"),
        (home(COUPLE, 30), "A household of kind couple has exactly two adults"),
        (Composition(FIRST, SINGLE, (Adult(),)), "neither age nor day of birth"),
    ],
)
def test_an_impossible_household_is_refused(composition: Composition, sentence: str) -> None:
    with pytest.raises(WrongInputError, match=sentence):
        month_of_home(composition)


def test_a_month_with_a_right_before_the_first_table_is_refused_and_one_without_a_right_is_not() -> None:
    with pytest.raises(WrongInputError, match="no norm for 2025-06-16"):
        month_of_home(home(SINGLE, 30), month="2025-06", right_from=date(2025, 6, 16))
    assert month_of_home(home(SINGLE, 30), month="2025-06").status == "no_right"
