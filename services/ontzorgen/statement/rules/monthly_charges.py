"""What a month asks of a household, before it is known what there is to pay it from, and who then gets how much.

Most households have charges from before the month, known from the outset, each under its own key: their month is
computed without looking at any other month.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from services.ontzorgen.statement.rules.corrections import (
    Settled,
    collect_unpaid,
    find_corrections,
    find_run_day,
    set_off,
)
from services.ontzorgen.statement.rules.discounts import select_known
from services.ontzorgen.statement.rules.due import (
    Due,
    build_versions,
    compute_part_cents,
    cut_versions,
    group_by_key,
    schedule,
)
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.situation import ChargeTerms, DiscountTerms, Situation, find_unpaid_month
from shared.calendar import add_months, month_of, month_start, months_between, next_month, period_end
from shared.events.codes import ChargeKind


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
    """An earlier month computed again: positive is asked and paid like a charge, negative was set off in full.

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
        return find_unpaid_month(self.key)


class CreditorCredit(NamedTuple):
    """What a creditor owes of an earlier month beyond what is due to it now. `cents` is above zero."""

    key: str
    kind: ChargeKind
    creditor: str
    for_month: str
    cents: int


class MonthlyCharges(NamedTuple):
    """What creditors ask, in order of payment; kinds that the policy leaves to the person are named only."""

    charges: Sequence[Due]
    corrections: Sequence[Due]
    left_to_person: tuple[ChargeKind, ...]
    creditor_credits: tuple[CreditorCredit, ...] = ()


EMPTY = MonthlyCharges((), (), ())


def find_last_month(situation: Situation) -> str:
    """Return the month of the last day of relief."""
    return _find_last_month(situation.right_from, situation.last_day)


@lru_cache(maxsize=4096)
def _find_last_month(right_from: date, last_day: date | None) -> str:
    return month_of(last_day or period_end(right_from, RELIEF_MONTHS))


def compute_monthly_charges(situation: Situation, rules: MonthRules, settled: Settled | None) -> MonthlyCharges:
    """Return what creditors ask in a month in relief: its own charges, and corrections of what was settled before."""
    kinds = rules.kinds[situation.self_reliance]
    run_day = max(rules.run_on, situation.right_from)
    prepay = rules.prepay if situation.prepay is None else situation.prepay
    is_plain = not prepay and settled is None and not situation.unpaid
    withheld: list[ChargeTerms] = []
    not_withheld: list[ChargeTerms] = []
    for terms in situation.charges:
        if terms.known_on is not None and terms.known_on > run_day:
            continue
        if terms.kind in kinds:
            withheld.append(terms)
            is_plain = is_plain and terms.first_due is None
        else:
            not_withheld.append(terms)
    discounts = select_known(situation.discounts, run_day) if situation.discounts else ()
    left_to_person = _list_kinds_in_month(not_withheld, rules) if not_withheld else ()
    if is_plain and len({terms.key for terms in withheld}) == len(withheld):
        return MonthlyCharges(_compute_plain_charges(withheld, rules, situation, discounts), (), left_to_person)
    monthly_charges = _compute_with_history(situation, rules, withheld, settled, discounts, prepay=prepay)
    return monthly_charges._replace(left_to_person=left_to_person)


def _list_kinds_in_month(charges: Sequence[ChargeTerms], rules: MonthRules) -> tuple[ChargeKind, ...]:
    """Return the kinds of which a charge holds on some day of the month, in order of appearance."""
    first, last = rules.days.first, rules.days.last
    kinds = [
        version.terms.kind
        for terms in group_by_key(charges).values()
        for version in cut_versions(terms)
        if version.terms.from_day <= last and (version.until_day is None or version.until_day >= first)
    ]
    return tuple(dict.fromkeys(kinds))


def _compute_plain_charges(
    withheld: Iterable[ChargeTerms], rules: MonthRules, situation: Situation, discounts: Sequence[DiscountTerms]
) -> list[Due]:
    kinds = rules.kinds[situation.self_reliance]
    days = rules.days
    charges = []
    for terms in withheld:
        kind = kinds[terms.kind]
        if cents := compute_part_cents(terms, terms.until_day, days, kind, discounts):
            charges.append(Due(kind.rank, days.month, terms.creditor, terms.key, terms.kind, cents))
    charges.sort()
    return charges


def _compute_with_history(
    situation: Situation,
    rules: MonthRules,
    withheld: Iterable[ChargeTerms],
    settled: Settled | None,
    discounts: Sequence[DiscountTerms],
    *,
    prepay: bool,
) -> MonthlyCharges:
    """Return the charges of a household with versions, first dues, prepayment or late knowledge."""
    asked_months, through = _list_months(situation, rules, prepay=prepay)
    run_days = {
        month: find_run_day(rules, _find_run_month(month, through[0], prepay=prepay), situation.right_from)
        for month in through
    }
    charges: list[Due] = []
    corrections: list[Due] = []
    for terms in group_by_key(withheld).values():
        kind = rules.kinds[situation.self_reliance][terms[0].kind]
        versions = build_versions(terms)
        asked_now = schedule(versions, asked_months, kind, discounts)
        last = terms[-1]
        charges += [
            Due(kind.rank, month, last.creditor, last.key, last.kind, cents)
            for month, cents in asked_now.items()
            if cents
        ]
        if settled is not None:
            corrections += find_corrections(
                versions, kind, asked_now, settled, through=through, run_days=run_days, discounts=discounts
            )
    charges.sort()
    applied, carried_forward = set_off([*corrections, *collect_unpaid(situation.unpaid, rules, settled)], charges)
    creditor_credits = tuple(
        CreditorCredit(due.key, due.kind, due.creditor, due.for_month, -due.cents) for due in carried_forward
    )
    return MonthlyCharges(charges, applied, (), creditor_credits)


def _list_months(situation: Situation, rules: MonthRules, *, prepay: bool) -> tuple[list[str], list[str]]:
    """Return the months this statement asks for, and every month asked for until now, this one's among them.

    Only a month with a right and in relief is paid ahead.
    """
    first, month = month_of(situation.right_from), rules.days.month
    ends = [find_last_month(situation), *([month_of(situation.right_until)] if situation.right_until else [])]
    last = month if not prepay else min(next_month(month), *ends)
    through = list(months_between(first, last))
    if not prepay or month == first:
        return (through if prepay else [month]), through
    return [ahead for ahead in through if ahead > month], through


def _find_run_month(month: str, first: str, *, prepay: bool) -> str:
    """Return the month whose statement asked for a month."""
    if not prepay:
        return month
    return max(first, month_of(add_months(month_start(month), -1)))


def pay_charges(
    monthly_charges: MonthlyCharges, available_cents: int
) -> tuple[tuple[ChargeMonth, ...], tuple[Correction, ...]]:
    """Pay creditors in their order, each in full while the money lasts, the last one in part.

    What a creditor owes us pays what is due to it first; a correction comes before that creditor's charge of its month.
    """
    if not monthly_charges.corrections and sum([due.cents for due in monthly_charges.charges]) <= available_cents:
        return tuple(
            [
                ChargeMonth(key, kind, creditor, month, cents, cents, 0)
                for _, month, creditor, key, kind, cents in monthly_charges[0]
            ]
        ), ()
    owed: defaultdict[str, int] = defaultdict(int)
    for due in monthly_charges.corrections:
        owed[due.creditor] -= min(due.cents, 0)
    charges, corrections = [], []
    for is_charge, due in _order_payables(monthly_charges):
        own_cents = min(due.cents, owed[due.creditor])
        owed[due.creditor] -= own_cents
        money_cents = min(due.cents - own_cents, available_cents)
        available_cents -= money_cents
        paid_cents = own_cents + money_cents
        line = (due.key, due.kind, due.creditor, due.for_month, due.cents, paid_cents)
        if is_charge:
            charges.append(ChargeMonth(*line, due.cents - paid_cents))
        else:
            corrections.append(Correction(*line))
    corrections += [
        Correction(due.key, due.kind, due.creditor, due.for_month, due.cents, due.cents)
        for due in monthly_charges.corrections
        if due.cents < 0
    ]
    corrections.sort(key=lambda correction: (correction.for_month, correction.creditor, correction.key))
    return tuple(charges), tuple(corrections)


def _order_payables(monthly_charges: MonthlyCharges) -> list[tuple[bool, Due]]:
    """Return what is to be paid in order of payment, each with whether it is a charge of its own month."""
    corrections = [(False, due) for due in monthly_charges.corrections if due.cents > 0]
    charges = [(True, due) for due in monthly_charges.charges]
    return sorted([*corrections, *charges], key=lambda payable: (*payable[1][:3], payable[0], payable[1].key))
