"""A household's month, to the cent: what it has, what its creditors ask, what they get, what is left, what is short.

A pure function of the household's situation and the month's rules. In every statement available minus remainder plus
shortfall is what was asked: charges and corrections together. Nothing goes below zero, and what cannot be paid is
stated: due is paid plus unpaid for every charge. Words for it stand in `wording`, and are made only when asked for.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.ontzorgen.policies.rules.law import Law
from services.ontzorgen.statement.rules.assistance import compute_assistance, find_right_days
from services.ontzorgen.statement.rules.attachments import NO_ATTACHMENTS, AttachmentMonth, compute_attachments
from services.ontzorgen.statement.rules.corrections import Settled, find_late_keys
from services.ontzorgen.statement.rules.holiday import (
    BeyondRight,
    compute_holiday_money,
    list_reserving_months,
    pays_holiday_money,
)
from services.ontzorgen.statement.rules.month_rules import MonthRules, PolicyTerms
from services.ontzorgen.statement.rules.monthly_charges import (
    EMPTY,
    ChargeMonth,
    Correction,
    CreditorCredit,
    compute_monthly_charges,
    find_last_month,
    pay_charges,
)
from services.ontzorgen.statement.rules.norm import find_composition
from services.ontzorgen.statement.rules.payouts import Payment, split_holiday_money, split_remainder
from services.ontzorgen.statement.rules.situation import Situation
from services.ontzorgen.statement.rules.solutions import check_young, list_solutions
from shared.calendar import month_of, months_between
from shared.events.codes import ChargeKind, ShortfallSolution

CASE_MANAGER = "case_manager"


class StatementStatus(StrEnum):
    """How a month stands."""

    OK = "ok"
    SHORTFALL = "shortfall"
    NO_RIGHT = "no_right"
    NOT_IN_RELIEF = "not_in_relief"


class Statement(NamedTuple):
    """One household's month in cents: a tuple, since a run makes very many of them."""

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
    creditor_credits: tuple[CreditorCredit, ...] = ()
    income_cents: int = 0
    income_exempt_cents: int = 0
    reduction_cents: int = 0
    attachments: tuple[AttachmentMonth, ...] = ()
    attachment_cents: int = 0
    protected_cents: int = 0
    holiday_paid_cents: int = 0
    holiday_handed_over_cents: int = 0
    holiday_payments: tuple[Payment, ...] = ()
    holiday_beyond_right: tuple[BeyondRight, ...] = ()

    @property
    def creditor_credit_cents(self) -> int:
        """What creditors owe beyond what is due to them; not part of what was asked."""
        return sum([credit.cents for credit in self.creditor_credits])

    @property
    def holiday_beyond_right_cents(self) -> int:
        """The part of what is handed over that was set aside beyond the right, so that it is not the person's."""
        return sum([beyond.cents for beyond in self.holiday_beyond_right])


def compute_statement(
    situation: Situation, rules: MonthRules, month: str, settled: Settled | None = None, reserved_cents: int = 0
) -> Statement:
    """Return the month's statement; WrongInputError if there is no norm, or if the situation is impossible.

    `settled` is what earlier statements asked, per charge and month; without it nothing is corrected. `reserved_cents`
    is the holiday allowance that is set aside before this month.
    """
    right_days = find_right_days(situation, rules)
    if right_days is None:
        return _compute_without_right(situation, rules, reserved_cents)
    last_month = find_last_month(situation)
    in_relief = month <= last_month
    statement = _compute_with_right(situation, rules, settled, right_days, in_relief=in_relief)
    if not pays_holiday_money(situation, rules, last_month):
        return statement
    own_cents = statement.holiday_reserve_cents if in_relief else 0
    paid_cents, handed_over_cents = compute_holiday_money(
        situation, rules, last_month, reserved_cents=reserved_cents, own_cents=own_cents
    )
    composition = find_composition(situation, right_days[1])
    return statement._replace(
        holiday_paid_cents=paid_cents,
        holiday_handed_over_cents=handed_over_cents,
        holiday_payments=split_holiday_money(situation, rules, composition, paid_cents),
    )


def _compute_with_right(
    situation: Situation, rules: MonthRules, settled: Settled | None, right_days: tuple[date, date], *, in_relief: bool
) -> Statement:
    """Return the statement of a month with a right, without the holiday allowance that it pays."""
    first, last = right_days
    norm_cents, income_cents, exempt_cents, reduction_cents, payable_cents, reserve_cents = compute_assistance(
        situation, rules, first, last
    )
    attachments = (
        compute_attachments(situation, payable_cents, first, last) if situation.attachments else NO_ATTACHMENTS
    )
    routed_cents = _sum_routed_cents(situation, rules.month) if situation.allowances else 0
    grants_cents = _sum_grants_cents(situation, rules.month) if situation.grants else 0
    available_cents = payable_cents - attachments.cents + routed_cents + grants_cents
    monthly_charges = compute_monthly_charges(situation, rules, settled) if in_relief else EMPTY
    charges, corrections = pay_charges(monthly_charges, available_cents)
    charges_cents = sum([charge.due_cents for charge in charges])
    correction_cents = sum([correction.cents for correction in corrections])
    balance_cents = available_cents - charges_cents - correction_cents
    remainder_cents, shortfall_cents = max(0, balance_cents), max(0, -balance_cents)
    is_pending, is_without = check_young(situation, rules, first, last)
    return Statement(
        month=rules.month,
        status=_select_status(shortfall_cents, in_relief=in_relief),
        norm_cents=norm_cents,
        payable_cents=payable_cents,
        holiday_reserve_cents=reserve_cents,
        routed_allowances_cents=routed_cents,
        grants_cents=grants_cents,
        available_cents=available_cents,
        charges=charges,
        corrections=corrections,
        charges_total_cents=charges_cents,
        correction_cents=correction_cents,
        remainder_cents=remainder_cents,
        shortfall_cents=shortfall_cents,
        payments=split_remainder(situation, rules, find_composition(situation, last), remainder_cents),
        solutions=list_solutions(situation, shortfall_cents, is_pending=is_pending, is_without=is_without),
        task_for=CASE_MANAGER if shortfall_cents or is_pending else None,
        norm_outdated=rules.norm_outdated,
        left_to_person=monthly_charges.left_to_person,
        creditor_credits=monthly_charges.creditor_credits,
        income_cents=income_cents,
        income_exempt_cents=exempt_cents,
        reduction_cents=reduction_cents,
        attachments=attachments.months,
        attachment_cents=attachments.cents,
        protected_cents=attachments.protected_cents,
    )


def _compute_without_right(situation: Situation, rules: MonthRules, reserved_cents: int) -> Statement:
    """Return a month without a right: it pays what an end of the right that became known late left set aside."""
    right_until = situation.right_until
    if not reserved_cents or right_until is None or right_until >= rules.days.first:
        return Statement(month=rules.month, status=StatementStatus.NO_RIGHT)
    composition = find_composition(situation, right_until)
    return Statement(
        month=rules.month,
        status=StatementStatus.NO_RIGHT,
        holiday_paid_cents=reserved_cents,
        holiday_payments=split_holiday_money(situation, rules, composition, reserved_cents),
    )


def compute_statements(
    situation: Situation,
    law: Law,
    policy: PolicyTerms | Callable[[str], PolicyTerms],
    months: Iterable[str],
) -> tuple[Statement, ...]:
    """Return the statements of some months, each with what earlier months, from the household's first, have settled.

    `policy` is one policy, or a function that returns the policy in force in a month.
    """
    wanted_months = tuple(months)
    resolved: dict[str, MonthRules] = {}

    def resolve(month: str) -> MonthRules:
        if month not in resolved:
            terms = policy(month) if callable(policy) else policy
            resolved[month] = MonthRules.resolve(law, terms, month)
        return resolved[month]

    settled = _settle_months_before(situation, resolve, max(wanted_months, default=""))
    return tuple(
        compute_statement(
            situation, resolve(month), month, settled.get(month), _sum_reserved_cents(situation, resolve, month)
        )
        for month in wanted_months
    )


def add_settled(statement: Statement, settled: Settled) -> dict[tuple[str, str], int]:
    """Return what is settled after a statement, given what was before it: (key, for_month) to cents."""
    charges = [(charge.key, charge.for_month, charge.due_cents) for charge in statement.charges]
    corrections = [(correction.key, correction.for_month, correction.cents) for correction in statement.corrections]
    return _add_cents(settled, [*charges, *corrections])


def _sum_reserved_cents(situation: Situation, resolve: Callable[[str], MonthRules], month: str) -> int:
    """Return the holiday allowance that is set aside before a month; 0 for a month that pays nothing of it.

    After the last month of relief, or of the right, nothing does.
    """
    rules, last_month = resolve(month), find_last_month(situation)
    is_over = month > last_month or find_right_days(situation, rules) is None
    if is_over or not pays_holiday_money(situation, rules, last_month):
        return 0
    reserved_cents = 0
    for earlier in list_reserving_months(situation, month):
        rules = resolve(earlier)
        if right_days := find_right_days(situation, rules):
            reserved_cents += compute_assistance(situation, rules, *right_days).holiday_reserve_cents
    return reserved_cents


def _settle_months_before(
    situation: Situation, resolve: Callable[[str], MonthRules], last: str
) -> dict[str, dict[tuple[str, str], int]]:
    """Return what was settled before each month in relief, if anything became known late; else nothing at all."""
    first = month_of(situation.right_from)
    charges, discounts = situation.charges, situation.discounts
    if last < first or not find_late_keys(charges, resolve(first), situation.right_from, discounts):
        return {}
    before: dict[str, dict[tuple[str, str], int]] = {}
    settled: dict[tuple[str, str], int] = {}
    for month in months_between(first, min(last, find_last_month(situation))):
        before[month] = settled
        monthly_charges = compute_monthly_charges(situation, resolve(month), settled)
        dues = (*monthly_charges.charges, *monthly_charges.corrections)
        settled = _add_cents(settled, [(due.key, due.for_month, due.cents) for due in dues])
    return before


def _add_cents(settled: Settled, lines: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    after = dict(settled)
    for key, month, cents in lines:
        after[key, month] = after.get((key, month), 0) + cents
    return after


def _select_status(shortfall_cents: int, *, in_relief: bool) -> StatementStatus:
    if not in_relief:
        return StatementStatus.NOT_IN_RELIEF
    return StatementStatus.SHORTFALL if shortfall_cents else StatementStatus.OK


def _sum_grants_cents(situation: Situation, month: str) -> int:
    return sum(grant.amount_cents for grant in situation.grants if grant.month == month)


def _sum_routed_cents(situation: Situation, month: str) -> int:
    return sum(
        allowance.amount_cents
        for allowance in situation.allowances
        if allowance.is_routed and (allowance.from_month or month) <= month <= (allowance.until_month or month)
    )
