"""Who counts for the norm on a day: the composition that holds, ages at their limits, and what is refused."""

from dataclasses import replace
from datetime import date

import pytest
from statement_cases import FIRST, POLICY, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.norm import compute_norm_cents, find_composition, is_young
from services.ontzorgen.statement.rules.situation import Adult, Child, Composition
from shared.errors.refusals import WrongInputError
from shared.events.codes import HouseholdType

LAST = date(2026, 7, 31)
ALONE = Composition(date(2026, 7, 10), HouseholdType.SINGLE, (Adult(age=30),))
COUPLE = Composition(date(2026, 7, 20), HouseholdType.COUPLE, (Adult(age=19), Adult(age=19)))


@pytest.mark.parametrize(("day", "expected"), [(5, ALONE), (10, ALONE), (19, ALONE), (20, COUPLE)])
def test_the_latest_composition_holds_and_before_all_the_first(day: int, expected: Composition) -> None:
    for compositions in ((ALONE, COUPLE), (COUPLE, ALONE)):
        assert find_composition(household(compositions=compositions), date(2026, 7, day)) == expected


@pytest.mark.parametrize(("years", "expected"), [(17, False), (18, True), (20, True), (21, False)])
def test_the_young_are_eighteen_to_twenty(years: int, *, expected: bool) -> None:
    assert is_young(Adult(age=years), FIRST) is expected


def test_a_child_counts_from_its_birth_until_eighteen() -> None:
    norms = [run(household(compositions=(replace(COUPLE, children=(Child(age=age),)),))).norm_cents for age in (0, 17)]
    without = [
        run(household(compositions=(replace(COUPLE, children=kids),))).norm_cents for kids in ((), (Child(age=18),))
    ]
    assert norms[0] == norms[1] > without[0] == without[1]


@pytest.mark.parametrize(
    ("compositions", "code"), [((), "nobody"), ((replace(ALONE, adults=(Adult(),)),), "age_missing")]
)
def test_a_household_without_anybody_or_an_age_is_refused(compositions: tuple[Composition, ...], code: str) -> None:
    rules = MonthRules.resolve(load_law(), POLICY, "2026-07")
    with pytest.raises(WrongInputError) as refused:
        compute_norm_cents(household(compositions=compositions), rules, FIRST, LAST)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("household", code)]
