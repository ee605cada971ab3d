"""Holiday allowance that is set aside: paid in June and when the right ends (Participatiewet art. 45(1)).

June pays what was set aside before it; June's own part stays. The month in which the right ends pays everything. In
relief's last month, when the right goes on, the policy says whether it is paid or handed over to the benefit
administration. Months after relief set nothing aside here, and pay what an end that became known late left.
"""

from collections.abc import Iterator
from typing import NamedTuple

from services.ontzorgen.policies.rules.relief import HolidayAtReliefEnd
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import Situation
from shared.calendar import month_of, months_between

_JUNE = "-06"


def is_june(month: str) -> bool:
    """Return whether it is the month in which what was set aside before it is paid."""
    return month.endswith(_JUNE)


class BeyondRight(NamedTuple):
    """What an earlier month set aside of money that was no right after all, as is known now."""

    month: str
    cents: int


class HolidayMoney(NamedTuple):
    """What of the holiday allowance leaves the reserve in a month."""

    paid_cents: int
    handed_over_cents: int


def compute_holiday_money(
    situation: Situation, rules: MonthRules, last_month: str, *, reserved_cents: int, own_cents: int
) -> HolidayMoney:
    """Return what leaves the reserve: `reserved_cents` is set aside from before, `own_cents` is the month's own part.

    `last_month` is the last month of relief; a month after it has no part of its own here.
    """
    if situation.right_until is not None and situation.right_until <= rules.days.last:
        return HolidayMoney(reserved_cents + own_cents, 0)
    paid_cents = reserved_cents if is_june(rules.month) else 0
    if rules.month < last_month:
        return HolidayMoney(paid_cents, 0)
    rest_cents = reserved_cents + own_cents - paid_cents
    if rules.policy.holiday_at_relief_end is HolidayAtReliefEnd.PAY:
        return HolidayMoney(paid_cents + rest_cents, 0)
    return HolidayMoney(paid_cents, rest_cents)


def pays_holiday_money(situation: Situation, rules: MonthRules, last_month: str) -> bool:
    """Return whether something may leave the reserve in a month: June, an end of relief or right, or after them."""
    right_until = situation.right_until
    return (
        rules.month >= last_month
        or is_june(rules.month)
        or (right_until is not None and right_until <= rules.days.last)
    )


def list_reserving_months(situation: Situation, month: str) -> Iterator[str]:
    """Yield the months before a month whose parts are still set aside: from the last June, or the first month, on."""
    year = int(month[:4])
    june = f"{year - (month <= f'{year}{_JUNE}')}{_JUNE}"
    return (earlier for earlier in months_between(max(june, month_of(situation.right_from)), month) if earlier < month)
