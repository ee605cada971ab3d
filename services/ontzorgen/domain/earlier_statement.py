"""A household's month, to the cent: what it has, what its creditors ask, what they get, what is left, what is short.

Conventions, where law and guidance leave the choice: the norm is cut to the days with a right before the holiday
allowance is taken off; rent and health insurance are due by the day, within relief and the charge's own days; energy
and water are advances, due in full in each month whose first day lies within both. Nothing goes below zero, and what
can not be paid is said: for every line, due is paid plus unpaid, and payable is paid plus remainder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.domain.charges import Charge, split_by_mandate
from services.ontzorgen.domain.household import Household, HouseholdFile
from services.ontzorgen.domain.law import Law
from shared.calendar import days_in_month, days_shared, month_end, month_start
from shared.events.codes import ChargeKind
from shared.money import percent_cents, share_cents

_WHOLE_PERCENT = 100


@dataclass(frozen=True)
class Conventions:
    """What a municipality's policy says of the month: who is paid first, and which charges are monthly advances."""

    priority: tuple[ChargeKind, ...]
    whole_month_kinds: frozenset[ChargeKind]


@dataclass(frozen=True)
class StatementLine:
    """One creditor's month. `paid_cents` is less than `due_cents` only where the benefit falls short."""

    charge_id: UUID
    kind: ChargeKind
    creditor: str
    due_cents: int
    paid_cents: int

    @property
    def unpaid_cents(self) -> int:
        return self.due_cents - self.paid_cents


@dataclass(frozen=True)
class Statement:
    """One household's month in cents. `without_mandate` is what was due but may not be paid; it is no shortfall."""

    month: str
    norm_cents: int
    payable_cents: int
    holiday_reserve_cents: int
    lines: tuple[StatementLine, ...]
    without_mandate: tuple[StatementLine, ...]
    norm_outdated: bool

    @property
    def deducted_cents(self) -> int:
        return sum(line.paid_cents for line in self.lines)

    @property
    def remainder_cents(self) -> int:
        return self.payable_cents - self.deducted_cents

    @property
    def shortfall_cents(self) -> int:
        return sum(line.unpaid_cents for line in self.lines)


def statement(file: HouseholdFile, law: Law, month: str, conventions: Conventions) -> Statement:
    """The month's statement; WrongInputError when the law has no norm for that month."""
    household = file.household
    table = law.on(month_start(month))
    days = _days_of(month)
    norm_cents = share_cents(
        table.norm_cents[household.category],
        days_shared(days, (household.right_from, household.right_until)),
        days_in_month(month),
    )
    payable_cents = percent_cents(norm_cents, _WHOLE_PERCENT - table.holiday_percent)
    mandated, missing = split_by_mandate(file.charges, file.mandates, month)
    in_order = sorted(mandated, key=lambda charge: _rank(charge, conventions))
    return Statement(
        month=month,
        norm_cents=norm_cents,
        payable_cents=payable_cents,
        holiday_reserve_cents=norm_cents - payable_cents,
        lines=tuple(_paid_from(payable_cents, _due(household, in_order, month, conventions))),
        without_mandate=tuple(
            StatementLine(charge.id, charge.kind, charge.creditor, due_cents, 0)
            for charge, due_cents in _due(household, missing, month, conventions)
        ),
        norm_outdated=table.is_outdated_on(month_start(month)),
    )


def _paid_from(available_cents: int, due: Iterable[tuple[Charge, int]]) -> Iterator[StatementLine]:
    """Creditors in their order, each in full while it lasts, the last one in part."""
    for charge, due_cents in due:
        paid_cents = min(due_cents, available_cents)
        available_cents -= paid_cents
        yield StatementLine(charge.id, charge.kind, charge.creditor, due_cents, paid_cents)


def _due(
    household: Household, charges: Iterable[Charge], month: str, conventions: Conventions
) -> Iterator[tuple[Charge, int]]:
    """What each charge asks in the month, where it asks anything."""
    for charge in charges:
        if due_cents := _due_cents(household, charge, month, conventions):
            yield charge, due_cents


def _due_cents(household: Household, charge: Charge, month: str, conventions: Conventions) -> int:
    begin = max(charge.from_day, household.first_day)
    end = min(charge.until_day or household.last_day, household.last_day)
    if charge.kind in conventions.whole_month_kinds:
        return charge.amount_cents if begin <= month_start(month) <= end else 0
    return share_cents(charge.amount_cents, days_shared(_days_of(month), (begin, end)), days_in_month(month))


def _days_of(month: str) -> tuple[date, date]:
    return month_start(month), month_end(month)


def _rank(charge: Charge, conventions: Conventions) -> tuple[int, str, str]:
    return conventions.priority.index(charge.kind), charge.creditor, str(charge.id)
