"""One household's file to statements: read as JSON, checked in full, worked out, given back as JSON.

Whatever is wrong is told at once, in sentences that name the field; then nothing is worked out. No database, no
broker: only the rules, the law's tables and the municipalities' policies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from meedoen.statement.charges import charges_of
from meedoen.statement.input import HouseholdEntry, StatementInput
from meedoen.statement.parsing import read
from services.ontzorgen.policies.handlers import load_law
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from services.ontzorgen.policies.rules.relief import ReliefPolicies
from services.ontzorgen.statement.rules.due import describe_overlap, find_overlaps
from services.ontzorgen.statement.rules.month_rules import MonthRules, PolicyTerms
from services.ontzorgen.statement.rules.monthly_charges import ChargeMonth, Correction
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
class Asked:
    """A household's file as the rules take it."""

    municipality: str
    month: str
    situation: Situation


def statements_of(
    text: bytes, policies: ReliefPolicies, *, month: str | None = None, months: int = 1
) -> dict[str, Any]:
    """The statements of a file, ready to be written; WrongInputError with every fault in it."""
    given, faults, places = read(text)
    asked = _asked(given)
    if asked is None:
        missing = Fault("right_from", "missing", "Give right_from, the first day with a right, or month.")
        raise WrongInputError(*(faults or [missing]))
    first = month or asked.month
    faults += _faults_together(given, asked, places)
    chosen = [month_of(add_months(month_start(first), later)) for later in range(months)]
    try:
        made = _statements(asked, policies, chosen)
    except WrongInputError as wrong:
        known = {fault.code for fault in faults}
        faults += [fault for fault in wrong.faults if fault.code not in known]
    except ConflictError as conflict:
        faults.append(Fault("municipality", "no_policy", str(conflict)))
    if faults:
        raise WrongInputError(*faults)
    return made


def _statements(asked: Asked, policies: ReliefPolicies, months: Sequence[str]) -> dict[str, Any]:
    situation, law = asked.situation, load_law()

    def policy(month: str) -> PolicyTerms:
        code = policies.find_code(asked.municipality) or asked.municipality
        return policies.in_force(code, month_start(month))

    written = [
        _written(made, situation, MonthRules.resolve(law, policy(made.month), made.month))
        for made in compute_statements(situation, law, policy, months)
    ]
    last_day = situation.last_day or period_end(situation.right_from, RELIEF_MONTHS)
    period = {"first_day": situation.right_from.isoformat(), "last_day": last_day.isoformat()}
    return {"period": period, "statements": written}


def _asked(given: StatementInput) -> Asked | None:
    """The file with its defaults filled in; None when it does not say from when."""
    right_from = given.right_from or (month_start(given.month) if given.month else None)
    if right_from is None:
        return None
    month = given.month or month_of(right_from)
    dates = given.payment_dates
    situation = Situation(
        right_from=right_from,
        compositions=(_composition(given.household, right_from),),
        right_until=given.right_until,
        last_day=given.relief_until,
        charges=charges_of(given.charges, right_from),
        allowances=tuple(AllowanceTerms(one.kind, one.cents, one.routed) for one in given.allowances),
        grants=tuple(GrantTerms(one.kind, one.cents, one.month or month) for one in given.grants),
        claims=tuple(ClaimTerms(one.creditor, one.cents) for one in given.claims),
        prepay=given.prepay,
        self_reliance=given.self_reliance,
        payment_dates=None if dates is None else tuple(day for days in dates.values() for day in days),
    )
    return Asked(given.municipality or DEFAULT, month, situation)


def _composition(entry: HouseholdEntry, right_from: date) -> Composition:
    adults = tuple(Adult(one.born_on, one.age, _SUPPORT[one.parents_can_support]) for one in entry.adults or ())
    number = 2 if entry.kind is HouseholdType.COUPLE else 1
    return Composition(
        from_day=right_from,
        kind=entry.kind,
        adults=adults or (Adult(age=_AGE_LEFT_OUT),) * number,
        children=tuple(Child(one.born_on, one.age) for one in entry.children),
        cost_sharers=entry.cost_sharers,
        pay_out=entry.pay_out,
    )


def _faults_together(given: StatementInput, asked: Asked, places: Mapping[str, Sequence[int]]) -> Iterator[Fault]:
    """What is wrong between fields that are each right by themselves."""
    situation = asked.situation
    for field, last_day in (("right_until", situation.right_until), ("relief_until", situation.last_day)):
        if last_day is not None and last_day < situation.right_from:
            yield Fault(
                field, "ends_before_it_begins", f"It ends before right_from: give a later {field}, or leave it out."
            )
    for name, days in (given.payment_dates or {}).items():
        if len(set(days)) < len(days) or any(month_of(day) != name for day in days):
            sentence = "Give days of this month, each once: the remainder is paid within its own month."
            yield Fault(f"payment_dates.{name}", "dates_do_not_fit", sentence)
    charges = situation.charges[: len(given.charges)]
    yield from _faults_of_charges(charges, places.get("charges", range(len(charges))))


def _faults_of_charges(charges: Sequence[ChargeTerms], places: Sequence[int]) -> Iterator[Fault]:
    for place, one in zip(places, charges, strict=True):
        if one.until_day is not None and one.until_day < one.from_day:
            sentence = "The charge ends before it begins: give a later until, or leave it out."
            yield Fault(f"charges.{place}.until", "ends_before_it_begins", sentence)
    for key in dict.fromkeys(one.key for one in charges):
        of_key = [(place, one) for place, one in zip(places, charges, strict=True) if one.key == key]
        for _, later in find_overlaps([one for _, one in of_key]):
            place, one = of_key[later]
            yield Fault(f"charges.{place}", "overlapping_charge", describe_overlap(one.kind))


def _written(made: Statement, situation: Situation, rules: MonthRules) -> dict[str, Any]:
    """A statement as JSON has it, in the order in which it is read."""
    return {
        "month": made.month,
        "policy": rules.policy.source_file,
        "status": made.status.value,
        "norm_cents": made.norm_cents,
        "payable_cents": made.payable_cents,
        "holiday_reserve_cents": made.holiday_reserve_cents,
        "routed_allowances_cents": made.routed_allowances_cents,
        "grants_cents": made.grants_cents,
        "available_cents": made.available_cents,
        "charges": [_entry(one) for one in made.charges],
        "charges_total_cents": made.charges_total_cents,
        "corrections": [_entry(one) for one in made.corrections],
        "correction_cents": made.correction_cents,
        "waiting_cents": made.creditor_credit_cents,
        "remainder_cents": made.remainder_cents,
        "shortfall_cents": made.shortfall_cents,
        "task_for": made.task_for,
        "solutions": [solution.value for solution in made.solutions],
        "payments": [{"on": one.on.isoformat(), "payee": one.payee, "cents": one.cents} for one in made.payments],
        "lines": [line._asdict() for line in explain_charges(made, situation, rules)],
        "income_lines": [line._asdict() for line in explain_income(made, situation, rules)],
        "norm_outdated": made.norm_outdated,
    }


def _entry(one: ChargeMonth | Correction) -> dict[str, Any]:
    """One charge or correction; its key is ours alone."""
    return {name: value for name, value in one._asdict().items() if name != "key"}
