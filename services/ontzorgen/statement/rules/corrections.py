"""What became known late: earlier months seen again with what is known now, set against what was settled for them.

A correction is at most what a creditor can carry: what it owes us is set off against what is due to it this month,
and the rest waits for the next run and is said; the person's money is not touched by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.ontzorgen.statement.rules.due import Due, Version, schedule
from services.ontzorgen.statement.rules.month_rules import KindTerms, MonthRules, month_days
from services.ontzorgen.statement.rules.situation import ChargeTerms, UnpaidTerms
from shared.calendar import month_of

Settled = Mapping[tuple[str, str], int]


def run_on(rules: MonthRules, month: str, right_from: date) -> date:
    """The day a month was run: its run day, in the first month not before the right."""
    day = month_days(month).first.replace(day=rules.run_on.day)
    return max(day, right_from) if month == month_of(right_from) else day


def late_keys(charges: Iterable[ChargeTerms], rules: MonthRules, right_from: date) -> frozenset[str]:
    """Charges of which something became known after the first month was run."""
    first_run = run_on(rules, month_of(right_from), right_from)
    return frozenset(one.key for one in charges if one.known_on is not None and one.known_on > first_run)


def corrections_of(
    versions: Sequence[Version],
    kind: KindTerms,
    now: Mapping[str, int],
    settled: Settled,
    *,
    through: Sequence[str],
    run_days: Mapping[str, date],
) -> list[Due]:
    """What one charge's earlier months differ by, with cents signed.

    `now` is what this statement asks in its own right; `through` are all months asked until now; `run_days` says when
    each was run. A month counts when something of the charge became known after its run.
    """
    terms = versions[-1].terms
    first = through[0]
    due = schedule(versions, through, kind)
    known = max(one.terms.known_on or date.min for one in versions)
    settled_months = {month for key, month in settled if key == terms.key}
    found = []
    for month in sorted({*due, *settled_months}):
        run_day = run_days.get(max(month, first))
        cents = due.get(month, 0) - now.get(month, 0) - settled.get((terms.key, month), 0)
        if cents and run_day is not None and known > run_day:
            found.append(Due(kind.rank, month, terms.creditor, terms.key, terms.kind, cents))
    return found


def asked_again(unpaid: Iterable[UnpaidTerms], rules: MonthRules, settled: Settled | None) -> list[Due]:
    """What was left unpaid earlier and is asked now: once, in its month, or in the next run where that one missed it.

    Without `settled` only what this very month was named for.
    """
    rank = {kind: place for place, kind in enumerate(rules.policy.pay_order)}
    return [
        Due(rank[one.kind], one.for_month, one.creditor, one.key, one.kind, one.amount_cents)
        for one in unpaid
        if one.month == rules.month
        or (settled is not None and one.month < rules.month and (one.key, one.for_month) not in settled)
    ]


def set_off(found: Sequence[Due], asked: Sequence[Due]) -> tuple[list[Due], list[Due]]:
    """The corrections that can be made now, and what waits (below zero): a creditor carries what is due to it now."""
    room: defaultdict[str, int] = defaultdict(int)
    for due in (*asked, *(one for one in found if one.cents > 0)):
        room[due.creditor] += due.cents
    made, waiting = [], []
    for one in sorted(found):
        cents = max(one.cents, -room[one.creditor]) if one.cents < 0 else one.cents
        if one.cents < 0:
            room[one.creditor] += cents
        if cents:
            made.append(one._replace(cents=cents))
        if cents > one.cents:
            waiting.append(one._replace(cents=one.cents - cents))
    return made, waiting
