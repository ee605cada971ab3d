"""From one household's file to its statements: read as JSON, checked in full, evaluated, returned as JSON.

Every fault is reported at once, in sentences that name the field; then nothing is evaluated. No database, no broker:
only the rules, the law's tables and the municipalities' policies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from meedoen.statement.charges import charge_versions
from meedoen.statement.input import HouseholdEntry, StatementInput
from meedoen.statement.means import build_means, find_faults
from meedoen.statement.parsing import parse_file
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from services.ontzorgen.policies.rules.relief import ReliefPolicies
from services.ontzorgen.statement.rules.adults import find_faults_of_adults
from services.ontzorgen.statement.rules.attachments import AttachmentMonth
from services.ontzorgen.statement.rules.due import describe_overlap, find_overlaps
from services.ontzorgen.statement.rules.month_rules import MonthRules, PolicyTerms
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
from services.ontzorgen.statement.rules.payouts import Payment
from services.ontzorgen.statement.rules.situation import (
    Adult,
    AllowanceTerms,
    ChargeTerms,
    Child,
    ClaimTerms,
    Composition,
    GrantTerms,
    ParentsSupport,
    Situation,
)
from services.ontzorgen.statement.rules.statement import Statement, compute_statements
from services.ontzorgen.statement.rules.wording import explain_charges, explain_income
from shared.calendar import add_months, month_of, month_start, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import HouseholdType
from shared.policies import DEFAULT

_AGE_LEFT_OUT = 30
_SUPPORT = {True: ParentsSupport.ABLE, False: ParentsSupport.UNABLE, "pending": ParentsSupport.PENDING}


@dataclass(frozen=True)
class HouseholdCase:
    """A household's file in the form that the rules take."""

    municipality: str
    month: str
    situation: Situation


def evaluate_file(
    text: bytes, policies: ReliefPolicies, *, month: str | None = None, months: int = 1
) -> dict[str, Any]:
    """Return the statements of a file as a document; WrongInputError with every fault in it."""
    file, faults, file_positions = parse_file(text)
    case = _build_case(file)
    if case is None:
        missing = Fault("right_from", "missing", "Give right_from, the first day with a right, or month.")
        raise WrongInputError(*(faults or [missing]))
    first = month or case.month
    faults += _faults_between_fields(file, case, file_positions)
    chosen = [month_of(add_months(month_start(first), later)) for later in range(months)]
    try:
        document = _evaluate_months(case, policies, chosen)
    except WrongInputError as wrong:
        codes = {fault.code for fault in faults}
        faults += [fault for fault in wrong.faults if fault.code not in codes]
    except ConflictError as conflict:
        faults.append(Fault("municipality", "no_policy", str(conflict)))
    if faults:
        raise WrongInputError(*faults)
    return document


def _evaluate_months(case: HouseholdCase, policies: ReliefPolicies, months: Sequence[str]) -> dict[str, Any]:
    situation, law = case.situation, load_law()

    def policy(month: str) -> PolicyTerms:
        code = policies.find_code(case.municipality) or case.municipality
        return policies.in_force(code, month_start(month))

    documents = [
        _statement_document(statement, situation, MonthRules.resolve(law, policy(statement.month), statement.month))
        for statement in compute_statements(situation, law, policy, months)
    ]
    last_day = situation.last_day or period_end(situation.right_from, RELIEF_MONTHS)
    period = {"first_day": situation.right_from.isoformat(), "last_day": last_day.isoformat()}
    return {"period": period, "statements": documents}


def _build_case(file: StatementInput) -> HouseholdCase | None:
    """Return the file with its defaults filled in; None if it has no first day."""
    right_from = file.right_from or (month_start(file.month) if file.month else None)
    if right_from is None:
        return None
    month = file.month or month_of(right_from)
    dates = file.payment_dates
    situation = Situation(
        right_from=right_from,
        compositions=(_build_composition(file.household, right_from),),
        right_until=file.right_until,
        last_day=file.relief_until,
        charges=charge_versions(file.charges, right_from),
        allowances=tuple(AllowanceTerms(entry.kind, entry.cents, entry.routed) for entry in file.allowances),
        grants=tuple(GrantTerms(entry.kind, entry.cents, entry.month or month) for entry in file.grants),
        claims=tuple(ClaimTerms(entry.creditor, entry.cents) for entry in file.claims),
        prepay=file.prepay,
        self_reliance=file.self_reliance,
        payment_dates=None if dates is None else tuple(day for days in dates.values() for day in days),
        **build_means(file, right_from)._asdict(),
    )
    return HouseholdCase(file.municipality or DEFAULT, month, situation)


def _build_composition(entry: HouseholdEntry, right_from: date) -> Composition:
    adults = tuple(
        Adult(
            born_on=person.born_on,
            age=person.age,
            parents_support=_SUPPORT[person.parents_can_support],
            has_right=person.has_right,
            single_norm_ground=person.single_norm_ground,
            in_institution=person.in_institution,
        )
        for person in entry.adults or ()
    )
    number = 2 if entry.kind is HouseholdType.COUPLE else 1
    return Composition(
        from_day=right_from,
        kind=entry.kind,
        adults=adults or (Adult(age=_AGE_LEFT_OUT),) * number,
        children=tuple(Child(person.born_on, person.age) for person in entry.children),
        cost_sharers=entry.cost_sharers,
        pay_out=entry.pay_out,
    )


def _faults_between_fields(
    file: StatementInput, case: HouseholdCase, file_positions: Mapping[str, Sequence[int]]
) -> Iterator[Fault]:
    """Yield what is wrong between fields that are each correct by themselves."""
    situation = case.situation
    yield from find_faults_of_adults("household.adults", situation.compositions[0].adults)
    for field, last_day in (("right_until", situation.right_until), ("relief_until", situation.last_day)):
        if last_day is not None and last_day < situation.right_from:
            yield Fault(
                field, "ends_before_it_begins", f"It ends before right_from: give a later {field}, or leave it out."
            )
    for name, days in (file.payment_dates or {}).items():
        if len(set(days)) < len(days) or any(month_of(day) != name for day in days):
            sentence = "Give days of this month, each once: the remainder is paid within its own month."
            yield Fault(f"payment_dates.{name}", "dates_do_not_fit", sentence)
    charges = situation.charges[: len(file.charges)]
    yield from find_faults(file, file_positions)
    yield from _faults_of_charges(charges, file_positions.get("charges", range(len(charges))))


def _faults_of_charges(charges: Sequence[ChargeTerms], file_positions: Sequence[int]) -> Iterator[Fault]:
    for position, charge in zip(file_positions, charges, strict=True):
        if charge.until_day is not None and charge.until_day < charge.from_day:
            sentence = "The charge ends before it begins: give a later until, or leave it out."
            yield Fault(f"charges.{position}.until", "ends_before_it_begins", sentence)
    for key in dict.fromkeys(charge.key for charge in charges):
        same_key = [
            (position, charge) for position, charge in zip(file_positions, charges, strict=True) if charge.key == key
        ]
        for _, later in find_overlaps([charge for _, charge in same_key]):
            position, charge = same_key[later]
            yield Fault(f"charges.{position}", "overlapping_charge", describe_overlap(charge.kind))


def _statement_document(statement: Statement, situation: Situation, rules: MonthRules) -> dict[str, Any]:
    """Return a statement as JSON, in reading order."""
    return {
        "month": statement.month,
        "policy": rules.policy.source_file,
        "status": statement.status.value,
        "norm_cents": statement.norm_cents,
        "income_cents": statement.income_cents,
        "income_exempt_cents": statement.income_exempt_cents,
        "reduction_cents": statement.reduction_cents,
        "payable_cents": statement.payable_cents,
        "holiday_reserve_cents": statement.holiday_reserve_cents,
        "attachments": [_entry_document(item) for item in statement.attachments],
        "attachment_cents": statement.attachment_cents,
        "protected_cents": statement.protected_cents,
        "routed_allowances_cents": statement.routed_allowances_cents,
        "grants_cents": statement.grants_cents,
        "available_cents": statement.available_cents,
        "charges": [_entry_document(item) for item in statement.charges],
        "charges_total_cents": statement.charges_total_cents,
        "corrections": [_entry_document(item) for item in statement.corrections],
        "correction_cents": statement.correction_cents,
        "waiting_cents": statement.creditor_credit_cents,
        "remainder_cents": statement.remainder_cents,
        "shortfall_cents": statement.shortfall_cents,
        "task_for": statement.task_for,
        "solutions": [solution.value for solution in statement.solutions],
        "payments": [_payment_document(payment) for payment in statement.payments],
        "holiday_paid_cents": statement.holiday_paid_cents,
        "holiday_handed_over_cents": statement.holiday_handed_over_cents,
        "holiday_payments": [_payment_document(payment) for payment in statement.holiday_payments],
        "lines": [line._asdict() for line in explain_charges(statement, situation, rules)],
        "income_lines": [line._asdict() for line in explain_income(statement, situation, rules)],
        "norm_outdated": statement.norm_outdated,
    }


def _payment_document(payment: Payment) -> dict[str, Any]:
    return {"on": payment.on.isoformat(), "payee": payment.payee, "cents": payment.cents}


def _entry_document(entry: ChargeMonth | Correction | AttachmentMonth) -> dict[str, Any]:
    """Return one charge, correction or attachment without its key, which is internal."""
    return {name: value for name, value in entry._asdict().items() if name != "key"}
