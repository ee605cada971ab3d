"""Holiday allowance set aside of money that was no right after all, since an end or income became known late.

It is not the person's: the month that takes from what is set aside hands it over to the benefit administration, which
reclaims what those months paid (art. 58). What an earlier month took is not set aside any more.
"""

from collections.abc import Iterable

from services.ontzorgen.household.rules.composition import composition_of_plan
from services.ontzorgen.household.rules.file import LoadedHousehold
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.run.rules.holiday_months import ReserveMonth, list_reserve_months
from services.ontzorgen.statement.rules.assistance import compute_assistance, find_right_days
from services.ontzorgen.statement.rules.holiday import BeyondRight, pays_holiday_money
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import find_last_month
from services.ontzorgen.statement.rules.situation import Composition, Situation
from services.ontzorgen.statement.rules.statement import Statement
from shared.calendar import month_of

MonthBefore = tuple[Statement, MonthRules]  # a month that was run, with its rules


def may_hand_over_beyond_right(loaded: LoadedHousehold, rules: MonthRules) -> bool:
    """Return whether a month takes from what is set aside, of a household of which something can have become known."""
    household, situation = loaded.household, loaded.situation
    if not household.holiday_reserve_cents or not pays_holiday_money(situation, rules, find_last_month(situation)):
        return False
    return bool(situation.income or situation.reductions) or (
        _is_run_beyond_right(household) or situation.compositions != (_read_plan(household),)
    )


def list_beyond_right(
    months_before: Iterable[MonthBefore], situation: Situation, reserved_cents: int
) -> tuple[BeyondRight, ...]:
    """Return what of these months, oldest first, is set aside beyond the right; at most what is set aside in all."""
    months = {statement.month: (statement, rules) for statement, rules in months_before}
    still_aside = list_reserve_months(
        ReserveMonth(
            statement.month,
            statement.holiday_reserve_cents,
            statement.holiday_paid_cents + statement.holiday_handed_over_cents,
        )
        for statement, _ in months.values()
    )
    beyond: list[BeyondRight] = []
    left_cents = reserved_cents
    for name, set_aside_cents, _ in still_aside:
        due_cents = _compute_reserve_cents(situation, months[name][1])
        cents = min(set_aside_cents - due_cents, left_cents)
        if cents > 0:
            beyond.append(BeyondRight(name, cents))
            left_cents -= cents
    return tuple(beyond)


def hand_over_beyond_right(statement: Statement, beyond: tuple[BeyondRight, ...]) -> Statement:
    """Return a month that hands that over as well; it was computed without it."""
    handed_over_cents = statement.holiday_handed_over_cents + sum(part.cents for part in beyond)
    return statement._replace(holiday_handed_over_cents=handed_over_cents, holiday_beyond_right=beyond)


def _is_run_beyond_right(household: Household) -> bool:
    """Return whether months were run in which there was no right on some day."""
    return household.right_until is not None and month_of(household.right_until) < household.next_month


def _read_plan(household: Household) -> Composition:
    return composition_of_plan(
        household.first_day, household.household_type, household.age_band, has_children=household.has_children
    )


def _compute_reserve_cents(situation: Situation, rules: MonthRules) -> int:
    right_days = find_right_days(situation, rules)
    return compute_assistance(situation, rules, *right_days).holiday_reserve_cents if right_days else 0
