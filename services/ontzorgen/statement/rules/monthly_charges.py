"""What a month asks of a household, before it is known what there is to pay it from, and who then gets how much.

Most households have charges from before the month, known from the outset, each by its own key: they are billed without
looking at any other month.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.ontzorgen.statement.rules.corrections import Settled, asked_again, corrections_of, run_on, set_off
from services.ontzorgen.statement.rules.due import Due, by_key, cut, part_cents, schedule, versions_of
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import ChargeTerms, Situation, unpaid_in_of
from shared.calendar import add_months, month_of, month_start, months_between, next_month, period_end
from shared.events.codes import ChargeKind

RELIEF_MONTHS = 6  # Participatiewet art. 56a


class ChargeMonth(NamedTuple):
    """One charge for one month. Paid is less than due only where the money falls short."""

    key: str
    kind: ChargeKind
    creditor: str
    for_month: str
    due_cents: int
    paid_cents: int
    unpaid_cents: int


class Correction(NamedTuple):
    """An earlier month seen again: positive is asked and paid like a charge, negative was set off in full.

    Also what an earlier month left unpaid, asked again; `unpaid_in` is that month then.
    """

    key: str
    kind: ChargeKind
    creditor: str
    for_month: str
    cents: int
    paid_cents: int

    @property
    def unpaid_in(self) -> str | None:
        return unpaid_in_of(self.key)


class Waiting(NamedTuple):
    """What a creditor owes of an earlier month beyond what is due to it now. `cents` is above zero."""

    key: str
    kind: ChargeKind
    creditor: str
    for_month: str
    cents: int


class Bill(NamedTuple):
    """What creditors ask, in order of payment; kinds that the policy leaves to the person are named only."""

    charges: Sequence[Due]
    corrections: Sequence[Due]
    left_to_person: tuple[ChargeKind, ...]
    waiting: tuple[Waiting, ...] = ()


NOTHING = Bill((), (), ())


def last_month_of(situation: Situation) -> str:
    """The month of the last day of relief."""
    return month_of(situation.last_day or period_end(situation.right_from, RELIEF_MONTHS))


def bill_of(situation: Situation, rules: MonthRules, settled: Settled | None) -> Bill:
    """What creditors ask in a month in relief: its own charges, and corrections of what was settled before."""
    kinds = rules.kinds[situation.self_reliance]
    run_day = max(rules.run_on, situation.right_from)
    prepay = rules.prepay if situation.prepay is None else situation.prepay
    is_plain = not prepay and settled is None and not situation.unpaid
    withheld: list[ChargeTerms] = []
    left: list[ChargeTerms] = []
    for terms in situation.charges:
        if terms.known_on is not None and terms.known_on > run_day:
            continue
        if terms.kind in kinds:
            withheld.append(terms)
            is_plain = is_plain and terms.first_due is None
        else:
            left.append(terms)
    left_to_person = _kinds_in(left, rules) if left else ()
    if is_plain and len({terms.key for terms in withheld}) == len(withheld):
        return Bill(_plain(withheld, rules, situation), (), left_to_person)
    return _with_history(situation, rules, withheld, settled, prepay=prepay)._replace(left_to_person=left_to_person)


def _kinds_in(charges: Sequence[ChargeTerms], rules: MonthRules) -> tuple[ChargeKind, ...]:
    """The kinds of which a charge holds on some day of the month, by what is known of it, in order of appearance."""
    first, last = rules.days.first, rules.days.last
    holds = [
        one.terms.kind
        for terms in by_key(charges).values()
        for one in cut(terms)
        if one.terms.from_day <= last and (one.until_day is None or one.until_day >= first)
    ]
    return tuple(dict.fromkeys(holds))


def _plain(withheld: Iterable[ChargeTerms], rules: MonthRules, situation: Situation) -> list[Due]:
    kinds = rules.kinds[situation.self_reliance]
    days = rules.days
    found = []
    for terms in withheld:
        kind = kinds[terms.kind]
        if cents := part_cents(terms, terms.until_day, days, kind):
            found.append(Due(kind.rank, days.month, terms.creditor, terms.key, terms.kind, cents))
    found.sort()
    return found


def _with_history(
    situation: Situation, rules: MonthRules, withheld: Iterable[ChargeTerms], settled: Settled | None, *, prepay: bool
) -> Bill:
    """The bill of a household with versions, first dues, prepayment or late knowledge."""
    asked, through = _months(situation, rules, prepay=prepay)
    run_days = {
        month: run_on(rules, _run_month(month, through[0], prepay=prepay), situation.right_from) for month in through
    }
    charges: list[Due] = []
    found: list[Due] = []
    for terms in by_key(withheld).values():
        kind = rules.kinds[situation.self_reliance][terms[0].kind]
        versions = versions_of(terms)
        now = schedule(versions, asked, kind)
        one = terms[-1]
        charges += [
            Due(kind.rank, month, one.creditor, one.key, one.kind, cents) for month, cents in now.items() if cents
        ]
        if settled is not None:
            found += corrections_of(versions, kind, now, settled, through=through, run_days=run_days)
    charges.sort()
    made, waiting = set_off([*found, *asked_again(situation.unpaid, rules, settled)], charges)
    waits = (Waiting(one.key, one.kind, one.creditor, one.for_month, -one.cents) for one in waiting)
    return Bill(charges, made, (), tuple(waits))


def _months(situation: Situation, rules: MonthRules, *, prepay: bool) -> tuple[list[str], list[str]]:
    """The months this statement asks for, and every month asked for until now, this one's among them.

    Ahead is only paid for a month with a right and in relief.
    """
    first, month = month_of(situation.right_from), rules.days.month
    ends = [last_month_of(situation), *([month_of(situation.right_until)] if situation.right_until else [])]
    last = month if not prepay else min(next_month(month), *ends)
    through = list(months_between(first, last))
    if not prepay or month == first:
        return (through if prepay else [month]), through
    return [one for one in through if one > month], through


def _run_month(month: str, first: str, *, prepay: bool) -> str:
    """The month whose statement asked for a month."""
    if not prepay:
        return month
    return max(first, month_of(add_months(month_start(month), -1)))


def pay(bill: Bill, available_cents: int) -> tuple[tuple[ChargeMonth, ...], tuple[Correction, ...]]:
    """Creditors in their order, each in full while the money lasts, the last one in part.

    What a creditor owes us pays what is due to it first; a correction comes before that creditor's charge of its month.
    """
    if not bill.corrections and sum([due.cents for due in bill.charges]) <= available_cents:
        return tuple(
            [
                ChargeMonth(key, kind, creditor, month, cents, cents, 0)
                for _, month, creditor, key, kind, cents in bill[0]
            ]
        ), ()
    owed: defaultdict[str, int] = defaultdict(int)
    for due in bill.corrections:
        owed[due.creditor] -= min(due.cents, 0)
    charges, corrections = [], []
    for is_charge, due in sorted(_asked(bill), key=lambda one: (*one[1][:3], one[0], one[1].key)):
        own_cents = min(due.cents, owed[due.creditor])
        owed[due.creditor] -= own_cents
        money_cents = min(due.cents - own_cents, available_cents)
        available_cents -= money_cents
        paid_cents = own_cents + money_cents
        of = (due.key, due.kind, due.creditor, due.for_month, due.cents, paid_cents)
        if is_charge:
            charges.append(ChargeMonth(*of, due.cents - paid_cents))
        else:
            corrections.append(Correction(*of))
    negative = [one for one in bill.corrections if one.cents < 0]
    corrections += [
        Correction(one.key, one.kind, one.creditor, one.for_month, one.cents, one.cents) for one in negative
    ]
    return tuple(charges), tuple(sorted(corrections, key=lambda one: (one.for_month, one.creditor, one.key)))


def _asked(bill: Bill) -> list[tuple[bool, Due]]:
    return [*((False, due) for due in bill.corrections if due.cents > 0), *((True, due) for due in bill.charges)]
