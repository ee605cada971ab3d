"""Corrections: earlier months computed again with what is known now, compared with what was settled for them.

A correction is at most what a creditor can carry: what it owes us is netted against what is due to it this month, and
the rest is carried forward to the next run and stated. The person's money is not touched by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.ontzorgen.statement.rules.due import Due, Version, schedule
from services.ontzorgen.statement.rules.month_rules import KindTerms, MonthRules, get_month_days
from services.ontzorgen.statement.rules.situation import ChargeTerms, DiscountTerms, UnpaidTerms
from shared.calendar import month_of

Settled = Mapping[tuple[str, str], int]  # cents by the key of a charge and the month


def find_run_day(rules: MonthRules, month: str, right_from: date) -> date:
    """Return the day a month with a right was run: its run day, but not before the right begins."""
    return max(get_month_days(month).first.replace(day=rules.run_on.day), right_from)


def find_late_keys(
    charges: Iterable[ChargeTerms], rules: MonthRules, right_from: date, discounts: Iterable[DiscountTerms] = ()
) -> frozenset[str]:
    """Return the keys of charges of which something, or a discount, became known after the first month was run."""
    first_run = find_run_day(rules, month_of(right_from), right_from)
    late = [terms for terms in discounts if terms.known_on is not None and terms.known_on > first_run]
    return frozenset(
        terms.key
        for terms in charges
        if any(discount.holds_for(terms) for discount in late)
        or (terms.known_on is not None and terms.known_on > first_run)
    )


def find_corrections(
    versions: Sequence[Version],
    kind: KindTerms,
    asked_now: Mapping[str, int],
    settled: Settled,
    *,
    through: Sequence[str],
    run_days: Mapping[str, date],
    discounts: Sequence[DiscountTerms] = (),
) -> list[Due]:
    """Return what one charge's earlier months differ by, in signed cents.

    `asked_now` is what this statement asks in its own right, `through` are all months asked until now, and `run_days`
    has the day on which each was run. A month counts if something of the charge, or a discount of its creditor, became
    known after its run.
    """
    terms = versions[-1].terms
    first = through[0]
    due = schedule(versions, through, kind, discounts)
    known_days = [version.terms.known_on for version in versions]
    known_days += [discount.known_on for discount in discounts if discount.holds_for(terms)]
    last_known_on = max(known_on or date.min for known_on in known_days)
    settled_months = {month for key, month in settled if key == terms.key}
    corrections = []
    for month in sorted({*due, *settled_months}):
        run_day = run_days.get(max(month, first))
        cents = due.get(month, 0) - asked_now.get(month, 0) - settled.get((terms.key, month), 0)
        if cents and run_day is not None and last_known_on > run_day:
            corrections.append(Due(kind.rank, month, terms.creditor, terms.key, terms.kind, cents))
    return corrections


def collect_unpaid(unpaid: Iterable[UnpaidTerms], rules: MonthRules, settled: Settled | None) -> list[Due]:
    """Return what was left unpaid earlier and is asked now: once, in its month, or in the next run if that missed it.

    Without `settled` only what is named for this very month.
    """
    ranks = {kind: rank for rank, kind in enumerate(rules.policy.pay_order)}
    return [
        Due(ranks[terms.kind], terms.for_month, terms.creditor, terms.key, terms.kind, terms.amount_cents)
        for terms in unpaid
        if terms.month == rules.month
        or (settled is not None and terms.month < rules.month and (terms.key, terms.for_month) not in settled)
    ]


def set_off(corrections: Sequence[Due], charges: Sequence[Due]) -> tuple[list[Due], list[Due]]:
    """Net corrections against what each creditor is due this month. Return (applied, carried_forward).

    What is carried forward is below zero: the creditor owes it and nothing is due to it now.
    """
    room: defaultdict[str, int] = defaultdict(int)
    for due in (*charges, *(correction for correction in corrections if correction.cents > 0)):
        room[due.creditor] += due.cents
    applied, carried_forward = [], []
    for correction in sorted(corrections):
        cents = max(correction.cents, -room[correction.creditor]) if correction.cents < 0 else correction.cents
        if correction.cents < 0:
            room[correction.creditor] += cents
        if cents:
            applied.append(correction._replace(cents=cents))
        if cents > correction.cents:
            carried_forward.append(correction._replace(cents=correction.cents - cents))
    return applied, carried_forward
