"""The month after relief, of a household for which holiday allowance is still set aside: it pays or hands that over.

That is so when the end became known after the last month was run. What was set aside in months that were run beyond the
right is not the person's: it goes to the benefit administration, which reclaims what those months paid (art. 58).
"""

from collections.abc import Iterable

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.statement.rules.assistance import find_right_days
from services.ontzorgen.statement.rules.holiday import compute_holiday_money
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import find_last_month
from services.ontzorgen.statement.rules.norm import find_composition
from services.ontzorgen.statement.rules.payouts import split_holiday_money
from services.ontzorgen.statement.rules.situation import Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus, compute_statement
from shared.calendar import month_of

MonthBefore = tuple[Statement, MonthRules]  # a month that was run, with its rules


def is_after_relief(household: Household, month: str) -> bool:
    """Return whether a month comes after the last one of relief."""
    return month > month_of(household.last_day)


def is_run_beyond_right(household: Household) -> bool:
    """Return whether months were run in which there was no right on some day."""
    return household.right_until is not None and month_of(household.right_until) < household.next_month


def sum_beyond_right_cents(months: Iterable[MonthBefore], situation: Situation) -> int:
    """Return what is set aside of months that were run beyond the right, each given with its rules.

    What June paid out is not set aside any more.
    """
    beyond_cents = 0
    for statement, rules in months:
        due_cents = compute_statement(situation, rules, rules.month).holiday_reserve_cents
        earlier_cents = 0 if statement.holiday_paid_cents else beyond_cents
        beyond_cents = earlier_cents + max(0, statement.holiday_reserve_cents - due_cents)
    return beyond_cents


def close_relief(situation: Situation, rules: MonthRules, reserved_cents: int, beyond_right_cents: int) -> Statement:
    """Return the month that only pays or hands over what is set aside, of which a part may be from beyond the right."""
    beyond_right_cents = min(beyond_right_cents, reserved_cents)
    due_cents = reserved_cents - beyond_right_cents
    if find_right_days(situation, rules) is None:
        month = compute_statement(situation, rules, rules.month, reserved_cents=due_cents)
        return month._replace(holiday_handed_over_cents=beyond_right_cents)
    money = compute_holiday_money(
        situation, rules, find_last_month(situation), reserved_cents=reserved_cents, own_cents=0
    )
    composition = find_composition(situation, rules.days.last)
    return Statement(
        month=rules.month,
        status=StatementStatus.NOT_IN_RELIEF,
        holiday_paid_cents=money.paid_cents,
        holiday_handed_over_cents=money.handed_over_cents,
        holiday_payments=split_holiday_money(situation, rules, composition, money.paid_cents),
    )
