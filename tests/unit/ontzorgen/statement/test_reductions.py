"""Reductions for not meeting duties: a percentage of the norm of their days, after income, never below zero."""

from datetime import date

import pytest
from statement_cases import FIRST, POLICY, household, run

from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import IncomeKind, IncomeTerms, ReductionTerms
from services.ontzorgen.statement.rules.wording import explain_income

AUGUST = date(2026, 8, 1)


@pytest.mark.parametrize(
    ("reductions", "cents"),
    [
        ((ReductionTerms(20, FIRST),), 28_389),
        ((ReductionTerms(20, date(2026, 7, 16)),), 14_652),  # 16 of 31 days
        ((ReductionTerms(20, date(2026, 6, 1), date(2026, 7, 15)),), 13_737),  # 15 of 31 days
        ((ReductionTerms(20, FIRST), ReductionTerms(30, FIRST)), 70_973),
        ((ReductionTerms(60, date(2026, 7, 16)), ReductionTerms(60, date(2026, 7, 16))), 73_262),  # 100 % of 16 days
        ((ReductionTerms(20, AUGUST),), 0),
    ],
)
def test_a_reduction_is_a_percentage_of_the_norm_of_its_days(
    reductions: tuple[ReductionTerms, ...], cents: int
) -> None:
    july = run(household(reductions=reductions))
    assert july.reduction_cents == cents
    assert july.norm_cents - cents == july.payable_cents + july.holiday_reserve_cents


def test_it_comes_after_income_and_leaves_nothing_below_zero() -> None:
    income = (IncomeTerms(IncomeKind.OTHER, 130_000, FIRST),)
    july = run(household(income=income, reductions=(ReductionTerms(20, FIRST),)))
    assert (july.income_cents, july.reduction_cents, july.payable_cents) == (130_000, 11_946, 0)


def test_it_is_stated_with_its_article() -> None:
    situation = household(reductions=(ReductionTerms(20, FIRST), ReductionTerms(10, FIRST), ReductionTerms(5, AUGUST)))
    lines = explain_income(run(situation), situation, MonthRules.resolve(load_law(), POLICY, "2026-07"))
    assert lines[1][:3] == ("Reduction of 20 % and 10 % for not meeting duties", -42_584, "Participatiewet art. 18(2)")
