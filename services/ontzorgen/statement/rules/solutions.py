"""What may solve a shortfall, and whether someone of 18 to 20 awaits the decision that may solve it beforehand."""

from datetime import date

from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.norm import find_composition, is_young
from services.ontzorgen.statement.rules.situation import ParentsSupport, Situation
from shared.events.codes import ShortfallSolution


def check_young(situation: Situation, rules: MonthRules, first: date, last: date) -> tuple[bool, bool]:
    """Return whether someone of 18 to 20 awaits a decision on their parents, and whether one has no supplement."""
    is_pending = is_without = False
    days = {first}
    if len(situation.compositions) > 1 or len(rules.segments) > 1:
        days.update(composition.from_day for composition in situation.compositions)
        days.update(day for day, _ in rules.segments)
        days = {day for day in days if first <= day <= last}
    for day in days:
        for adult in find_composition(situation, day).adults:
            may_get_supplement = adult.has_right and adult.parents_support is not ParentsSupport.UNABLE
            if may_get_supplement and is_young(adult, day):
                is_pending = is_pending or adult.parents_support is ParentsSupport.PENDING
                is_without = is_without or rules.law_on(day).youth_cap is not None
    return is_pending, is_without


def list_solutions(
    situation: Situation, shortfall_cents: int, *, is_pending: bool, is_without: bool
) -> tuple[ShortfallSolution, ...]:
    """Return what may solve a shortfall, in the order in which it is tried; a pending decision needs that one alone."""
    if not shortfall_cents:
        return (ShortfallSolution.YOUTH_SUPPLEMENT,) if is_pending and is_without else ()
    all_routed = bool(situation.allowances) and all(allowance.is_routed for allowance in situation.allowances)
    never = {
        ShortfallSolution.YOUTH_SUPPLEMENT: not is_without,
        ShortfallSolution.ROUTED_ALLOWANCES: all_routed,
    }
    return tuple(solution for solution in ShortfallSolution if not never.get(solution))
