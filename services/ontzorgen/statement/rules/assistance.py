"""What is granted for a month: the norm, less income, less reductions, and what of it is holiday allowance.

Holiday allowance is part of what is granted (Participatiewet art. 19(2) and (3)), so it is taken after income and
reductions. What is paid and what is set aside together are always what is granted.
"""

from datetime import date
from typing import NamedTuple

from services.ontzorgen.statement.rules.income import compute_income
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.norm import compute_norm_cents
from services.ontzorgen.statement.rules.reductions import compute_reduction_cents
from services.ontzorgen.statement.rules.situation import Situation
from shared.money import round_half_up


class Assistance(NamedTuple):
    """The norm less income less reduction is payable plus reserve; income and reduction are what is taken off."""

    norm_cents: int
    income_cents: int
    income_exempt_cents: int
    reduction_cents: int
    payable_cents: int
    holiday_reserve_cents: int


def find_right_days(situation: Situation, rules: MonthRules) -> tuple[date, date] | None:
    """Return the first and the last day of the month with a right; None without any."""
    first, last = rules.days.first, rules.days.last
    right_until = situation.right_until
    first = max(first, situation.right_from)
    if right_until is not None and right_until < last:
        last = right_until
    return (first, last) if first <= last else None


def compute_assistance(situation: Situation, rules: MonthRules, first: date, last: date) -> Assistance:
    """Return what is granted for the days with a right; WrongInputError if there is no norm."""
    norm_cents = granted_cents = compute_norm_cents(situation, rules, first, last)
    income_cents = exempt_cents = reduction_cents = 0
    if situation.income:
        counted_cents, exempt_cents = compute_income(situation, rules, first, last)
        income_cents = min(counted_cents, norm_cents)
        granted_cents -= income_cents
    if situation.reductions:
        reduction_cents = min(compute_reduction_cents(situation, rules, first, last), granted_cents)
        granted_cents -= reduction_cents
    payable_cents = round_half_up(granted_cents * (100 - rules.law_on(first).norms.holiday_percent), 100)
    reserve_cents = granted_cents - payable_cents
    return Assistance(norm_cents, income_cents, exempt_cents, reduction_cents, payable_cents, reserve_cents)
