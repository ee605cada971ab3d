"""The month after relief, of a household for which holiday allowance is still set aside: it pays or hands that over.

That is so when the end became known after the last month was run.
"""

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.run.rules.beyond_right import hand_over_beyond_right
from services.ontzorgen.statement.rules.assistance import find_right_days
from services.ontzorgen.statement.rules.holiday import BeyondRight, compute_holiday_money
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.monthly_charges import find_last_month
from services.ontzorgen.statement.rules.norm import find_composition
from services.ontzorgen.statement.rules.payouts import split_holiday_money
from services.ontzorgen.statement.rules.situation import Situation
from services.ontzorgen.statement.rules.statement import Statement, StatementStatus, compute_statement
from shared.calendar import month_of


def is_after_relief(household: Household, month: str) -> bool:
    """Return whether a month comes after the last one of relief."""
    return month > month_of(household.last_day)


def close_relief(
    situation: Situation, rules: MonthRules, reserved_cents: int, beyond: tuple[BeyondRight, ...] = ()
) -> Statement:
    """Return the month that only pays or hands over what is set aside, of which a part may be beyond the right."""
    due_cents = reserved_cents - sum(part.cents for part in beyond)
    if find_right_days(situation, rules) is None:
        month = compute_statement(situation, rules, rules.month, reserved_cents=due_cents)
        return hand_over_beyond_right(month, beyond)
    money = compute_holiday_money(situation, rules, find_last_month(situation), reserved_cents=due_cents, own_cents=0)
    composition = find_composition(situation, rules.days.last)
    month = Statement(
        month=rules.month,
        status=StatementStatus.NOT_IN_RELIEF,
        holiday_paid_cents=money.paid_cents,
        holiday_handed_over_cents=money.handed_over_cents,
        holiday_payments=split_holiday_money(situation, rules, composition, money.paid_cents),
    )
    return hand_over_beyond_right(month, beyond)
