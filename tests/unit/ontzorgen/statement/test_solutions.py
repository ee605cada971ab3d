"""Whether someone of 18 to 20 awaits a decision or has no supplement, on any day with a right."""

from dataclasses import replace
from datetime import date

import pytest
from statement_cases import FIRST, POLICY, household

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Adult, Composition, ParentsSupport
from services.ontzorgen.statement.rules.solutions import check_young
from shared.events.codes import HouseholdType

JULY = MonthRules.resolve(load_law(), POLICY, "2026-07")
MIDDLE, BEFORE = date(2026, 7, 16), date(2026, 7, 15)
PENDING = Adult(age=19, parents_support=ParentsSupport.PENDING)


def alone(adult: Adult, from_day: date = FIRST) -> Composition:
    return Composition(from_day, HouseholdType.SINGLE, (adult,))


@pytest.mark.parametrize(("last", "is_young"), [(MIDDLE, True), (BEFORE, False)])
def test_who_comes_to_live_there_counts_from_the_first_day_on(last: date, *, is_young: bool) -> None:
    situation = household(compositions=(alone(Adult(age=30)), alone(PENDING, MIDDLE)))
    assert check_young(situation, JULY, FIRST, last) == (is_young, is_young)


@pytest.mark.parametrize(("last", "is_without"), [(MIDDLE, True), (BEFORE, False)])
def test_there_is_a_supplement_from_the_day_on_which_the_law_has_it(last: date, *, is_without: bool) -> None:
    law = JULY.law_on(FIRST)
    rules = replace(JULY, segments=((FIRST, replace(law, youth_cap=None)), (MIDDLE, law)))
    assert check_young(household(compositions=(alone(PENDING),)), rules, FIRST, last) == (True, is_without)
