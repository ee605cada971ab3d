"""Reductions for not meeting duties (maatregel, Participatiewet art. 18(2)): a percentage of the norm of their days.

Reductions of one day add up to at most the whole norm of that day. The sum over the days is rounded half up once.
"""

from datetime import date, timedelta

from services.ontzorgen.statement.rules.month_rules import IN_FULL_PERCENT, MonthRules
from services.ontzorgen.statement.rules.norm import split_norm
from services.ontzorgen.statement.rules.situation import ReductionTerms, Situation
from shared.money import round_half_up


def compute_reduction_cents(situation: Situation, rules: MonthRules, first: date, last: date) -> int:
    """Return what reductions take off the norm of the days with a right, whatever else is taken off it."""
    percents = {
        day: min(percent, IN_FULL_PERCENT)
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        if (percent := sum(terms.percent for terms in list_reductions(situation, day, day)))
    }
    if not percents:
        return 0
    norms = (part.norm.cents for part in split_norm(situation, rules, first, last) for _ in range(part.days))
    numerator = sum(cents * percents.get(first + timedelta(days=offset), 0) for offset, cents in enumerate(norms))
    return round_half_up(numerator, IN_FULL_PERCENT * rules.days.days)


def list_reductions(situation: Situation, first: date, last: date) -> list[ReductionTerms]:
    """Return the reductions that hold on one of these days."""
    return [
        terms
        for terms in situation.reductions
        if terms.from_day <= last and (terms.until_day is None or first <= terms.until_day)
    ]
