"""A household's month, to the cent: what it has, what its creditors ask, what they get, what is left, what is short.

A pure function of the household's situation and the month's rules. In every statement available minus remainder plus
shortfall is what was asked: charges and corrections together. Nothing goes below zero, and what can not be paid is
said: due is paid plus unpaid for every charge. Words for it stand in `wording`, and are made only when asked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.statement.rules.corrections import Settled, late_keys
from services.ontzorgen.statement.rules.month_rules import MonthRules, PolicyTerms
from services.ontzorgen.statement.rules.monthly_charges import (
    NOTHING,
    ChargeMonth,
    Correction,
    Waiting,
    bill_of,
    last_month_of,
    pay,
)
from services.ontzorgen.statement.rules.norm import composition_on, is_young, month_norm_cents
from services.ontzorgen.statement.rules.payouts import Payment, payments_of
from services.ontzorgen.statement.rules.situation import ParentsSupport, Situation
from shared.calendar import month_of, months_between
from shared.events.codes import ChargeKind, ShortfallSolution

CASE_MANAGER = "case_manager"


class StatementStatus(StrEnum):
    """How a month stands."""

    OK = "ok"
    SHORTFALL = "shortfall"
    NO_RIGHT = "no_right"
    NOT_IN_RELIEF = "not_in_relief"


@dataclass(frozen=True, slots=True)
class Statement:
    """One household's month in cents."""

    month: str
    status: StatementStatus
    norm_cents: int = 0
    payable_cents: int = 0
    holiday_reserve_cents: int = 0
    routed_allowances_cents: int = 0
    grants_cents: int = 0
    available_cents: int = 0
    charges: tuple[ChargeMonth, ...] = ()
    corrections: tuple[Correction, ...] = ()
    charges_total_cents: int = 0
    correction_cents: int = 0
    remainder_cents: int = 0
    shortfall_cents: int = 0
    payments: tuple[Payment, ...] = ()
    solutions: tuple[ShortfallSolution, ...] = ()
    task_for: str | None = None
    norm_outdated: bool = False
    left_to_person: tuple[ChargeKind, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def waiting_cents(self) -> int:
        """What creditors owe beyond what is due to them; no part of what was asked."""
        return sum([one.cents for one in self.waiting])


def statement(situation: Situation, rules: MonthRules, month: str, settled: Settled | None = None) -> Statement:
    """The month's statement; WrongInputError when there is no norm, or when the situation can not be.

    `settled` says what earlier statements asked, per charge and month; without it nothing is corrected.
    """
    first, last = rules.days.first, rules.days.last
    right_from, right_until = situation.right_from, situation.right_until
    right_first = max(first, right_from)
    right_last = last if right_until is None or right_until > last else right_until
    if right_first > right_last:
        return Statement(month=month, status=StatementStatus.NO_RIGHT)
    norm_cents = month_norm_cents(situation, rules, right_first, right_last)
    percent = 100 - rules.law_on(right_first).norms.holiday_percent
    payable_cents = (2 * norm_cents * percent + 100) // 200
    routed_cents = _routed_cents(situation, month) if situation.allowances else 0
    grants_cents = sum([one.amount_cents for one in situation.grants if one.month == month])
    available_cents = payable_cents + routed_cents + grants_cents
    in_relief = month <= last_month_of(situation)
    bill = bill_of(situation, rules, settled) if in_relief else NOTHING
    charges, corrections = pay(bill, available_cents)
    charges_cents = sum([one.due_cents for one in charges])
    correction_cents = sum([one.cents for one in corrections])
    left_cents = available_cents - charges_cents - correction_cents
    shortfall_cents = max(0, -left_cents)
    is_pending, is_without = _young(situation, rules, right_first, right_last)
    composition = composition_on(situation, right_last)
    return Statement(
        month,
        _status(shortfall_cents, in_relief=in_relief),
        norm_cents,
        payable_cents,
        norm_cents - payable_cents,
        routed_cents,
        grants_cents,
        available_cents,
        charges,
        corrections,
        charges_cents,
        correction_cents,
        max(0, left_cents),
        shortfall_cents,
        payments_of(situation, rules, composition, max(0, left_cents)),
        _solutions(situation, shortfall_cents, is_pending=is_pending, is_without=is_without),
        CASE_MANAGER if shortfall_cents or is_pending else None,
        rules.norm_outdated,
        bill.left_to_person,
        bill.waiting,
    )


def statements(
    situation: Situation,
    law: Law,
    policy: PolicyTerms | Callable[[str], PolicyTerms],
    months: Iterable[str],
) -> tuple[Statement, ...]:
    """The statements of some months, each with what earlier months, from the household's first on, have settled.

    `policy` is one policy, or says for a month which one is in force.
    """
    asked = tuple(months)
    resolved: dict[str, MonthRules] = {}

    def rules_of(month: str) -> MonthRules:
        if month not in resolved:
            terms = policy(month) if callable(policy) else policy
            resolved[month] = MonthRules.of(law, terms, month)
        return resolved[month]

    settled = _settled_before(situation, rules_of, max(asked, default=""))
    return tuple(statement(situation, rules_of(month), month, settled.get(month)) for month in asked)


def settled_by(made: Statement, settled: Settled) -> dict[tuple[str, str], int]:
    """What is settled after this statement, given what was before it: (key, for_month) to cents."""
    charges = [(one.key, one.for_month, one.due_cents) for one in made.charges]
    return _added(settled, [*charges, *((one.key, one.for_month, one.cents) for one in made.corrections)])


def _settled_before(
    situation: Situation, rules_of: Callable[[str], MonthRules], last: str
) -> dict[str, dict[tuple[str, str], int]]:
    """What was settled before each month in relief, when anything became known late; else nothing at all."""
    first = month_of(situation.right_from)
    if last < first or not late_keys(situation.charges, rules_of(first), situation.right_from):
        return {}
    ends = [last, last_month_of(situation), *([month_of(situation.right_until)] if situation.right_until else [])]
    before: dict[str, dict[tuple[str, str], int]] = {}
    settled: dict[tuple[str, str], int] = {}
    for month in months_between(first, min(ends)):
        before[month] = settled
        bill = bill_of(situation, rules_of(month), settled)
        settled = _added(settled, [(due.key, due.for_month, due.cents) for due in (*bill.charges, *bill.corrections)])
    return before


def _added(settled: Settled, asked: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    after = dict(settled)
    for key, month, cents in asked:
        after[key, month] = after.get((key, month), 0) + cents
    return after


def _status(shortfall_cents: int, *, in_relief: bool) -> StatementStatus:
    if not in_relief:
        return StatementStatus.NOT_IN_RELIEF
    return StatementStatus.SHORTFALL if shortfall_cents else StatementStatus.OK


def _routed_cents(situation: Situation, month: str) -> int:
    return sum(
        one.amount_cents
        for one in situation.allowances
        if one.is_routed and (one.from_month or month) <= month <= (one.until_month or month)
    )


def _young(situation: Situation, rules: MonthRules, first: date, last: date) -> tuple[bool, bool]:
    """Whether someone of 18 to 20 waits for a decision on their parents, and whether someone has no supplement."""
    is_pending = is_without = False
    starts = [*(one.from_day for one in situation.compositions), *(day for day, _ in rules.segments)]
    for day in {first, *(day for day in starts if first < day <= last)}:
        for adult in composition_on(situation, day).adults:
            if adult.parents_support is not ParentsSupport.UNABLE and is_young(adult, day):
                is_pending = is_pending or adult.parents_support is ParentsSupport.PENDING
                is_without = is_without or rules.law_on(day).youth_cap is not None
    return is_pending, is_without


def _solutions(
    situation: Situation, shortfall_cents: int, *, is_pending: bool, is_without: bool
) -> tuple[ShortfallSolution, ...]:
    """What may solve a shortfall, in the order in which it is tried; a pending decision alone asks for that one."""
    if not shortfall_cents:
        return (ShortfallSolution.YOUTH_SUPPLEMENT,) if is_pending and is_without else ()
    all_routed = bool(situation.allowances) and all(one.is_routed for one in situation.allowances)
    never = {
        ShortfallSolution.YOUTH_SUPPLEMENT: not is_without,
        ShortfallSolution.ROUTED_ALLOWANCES: all_routed,
    }
    return tuple(solution for solution in ShortfallSolution if not never.get(solution))
