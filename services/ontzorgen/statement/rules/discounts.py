"""Supplier agreements: from an agreement's first day on, each charge of its creditor and kind is lowered.

The discount of an agreement and that of the policy do not add up: the higher one holds, and so among agreements.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from services.ontzorgen.statement.rules.month_rules import IN_FULL_PERCENT, KindTerms, get_month_days
from services.ontzorgen.statement.rules.situation import DiscountTerms, Situation

_DAY = timedelta(days=1)


def select_known(discounts: Iterable[DiscountTerms], run_day: date) -> tuple[DiscountTerms, ...]:
    """Return the discounts that are known on the day of a run."""
    return tuple(terms for terms in discounts if terms.known_on is None or terms.known_on <= run_day)


def find_payable_percent(discounts: Iterable[DiscountTerms], creditor: str, day: date, percent_max: int) -> int:
    """Return which percentage of a creditor's charge is payable on a day; at most that of the policy."""
    percents = [
        IN_FULL_PERCENT - terms.percent for terms in discounts if terms.creditor == creditor and _holds(terms, day)
    ]
    return min([percent_max, *percents])


def sum_payable_percents(
    discounts: Sequence[DiscountTerms], creditor: str, first: date, last: date, percent_max: int
) -> int:
    """Return the sum over days of the percentage that is payable on each of them."""
    cuts = {first, last + _DAY}
    for terms in discounts:
        cuts.add(terms.from_day)
        if terms.until_day is not None:
            cuts.add(terms.until_day + _DAY)
    days = sorted(day for day in cuts if first <= day <= last + _DAY)
    return sum(
        (end - begin).days * find_payable_percent(discounts, creditor, begin, percent_max)
        for begin, end in pairwise(days)
    )


def find_agreement_percent(situation: Situation, key: str, month: str, kind: KindTerms | None) -> int:
    """Return the highest percentage that agreements take off a charge in a month; 0 without any."""
    if not situation.discounts:
        return 0
    days = get_month_days(month)
    versions = [terms for terms in situation.charges if terms.key == key]
    begins = [terms.from_day for terms in versions if terms.from_day <= days.last]
    first = max(days.first, *begins)
    last = days.last if kind is None or kind.by_day else first
    percents = [
        terms.percent
        for terms in situation.discounts
        if any(terms.holds_for(version) for version in versions)
        and terms.from_day <= last
        and (terms.until_day is None or terms.until_day >= first)
    ]
    return max(percents, default=0)


def _holds(terms: DiscountTerms, day: date) -> bool:
    return terms.from_day <= day and (terms.until_day is None or day <= terms.until_day)
