"""The remainder as payments: to one person or half to each, over the dates of the month, to the cent."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import PARTNER, PERSON, Composition, Situation


class Payment(NamedTuple):
    """What one of them gets on one day."""

    on: date
    payee: str
    cents: int


def split_remainder(
    situation: Situation, rules: MonthRules, composition: Composition, remainder_cents: int
) -> tuple[Payment, ...]:
    """Return payments that sum to the remainder; those of zero cents are left out."""
    return split_cents(remainder_cents, composition, list_pay_dates(situation, rules)) if remainder_cents else ()


def split_holiday_money(
    situation: Situation, rules: MonthRules, composition: Composition, paid_cents: int
) -> tuple[Payment, ...]:
    """Return payments of holiday allowance, on the policy's day, which never precedes the right."""
    return split_cents(paid_cents, composition, (max(rules.pay_on, situation.right_from),)) if paid_cents else ()


def split_cents(cents_in_all: int, composition: Composition, dates: Sequence[date]) -> tuple[Payment, ...]:
    """Return payments on these days that sum to an amount, to one person or half to each; none of zero cents."""
    if not composition.has_two_payees:
        if len(dates) == 1:
            return (Payment(dates[0], PERSON, cents_in_all),)
        shares = {PERSON: _spread(cents_in_all, len(dates))}
    else:
        half = cents_in_all // 2
        shares = {PERSON: _spread(cents_in_all - half, len(dates)), PARTNER: _spread(half, len(dates))}
    return tuple(
        Payment(day, payee, cents[index])
        for index, day in enumerate(dates)
        for payee, cents in shares.items()
        if cents[index]
    )


def list_pay_dates(situation: Situation, rules: MonthRules) -> Sequence[date]:
    """Return the household's own dates in this month, else those of the policy, which never precede the right."""
    right_from = situation.right_from
    if situation.payment_dates:
        first, last = rules.days.first, rules.days.last
        if own := sorted({day for day in situation.payment_dates if first <= day <= last}):
            return own
    if _is_weekly(situation, rules) and (weekly := [day for day in rules.weekly_on if day >= right_from]):
        return weekly
    return (max(rules.pay_on, right_from),)


def _is_weekly(situation: Situation, rules: MonthRules) -> bool:
    """Return what was decided for the whole of this month, else what the policy has for the class."""
    if situation.weekly:
        begin = max(rules.days.first, situation.right_from)
        if decided := [is_weekly for from_day, is_weekly in situation.weekly if from_day <= begin]:
            return decided[-1]
    return situation.self_reliance in rules.weekly_classes


def _spread(cents: int, dates: int) -> list[int]:
    """Return whole cents for each date; those that cannot be divided come on the first."""
    each, rest = divmod(cents, dates)
    return [each + rest, *[each] * (dates - 1)]
