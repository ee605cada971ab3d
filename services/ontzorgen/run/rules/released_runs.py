"""What a released run pays: its months as lines that money goes to, for whoever takes them to the bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.statement.rules.statement import Statement
from shared.errors.refusals import ConflictError
from shared.events.codes import ChargeKind


@dataclass(frozen=True, slots=True)
class ReleasedRun:
    """A run as far as paying it goes; `released_on` is the day on which booking began."""

    id: UUID
    month: str
    is_released: bool
    released_on: date | None


class PaidLine(NamedTuple):
    """A line of a household's month that money goes to; a negative correction is netted against its creditor.

    A line without a kind is money to a person: `key` and `creditor` then hold the payee, and `on` the day.
    """

    key: str
    kind: ChargeKind | None
    creditor: str
    for_month: str
    is_correction: bool
    on: date | None
    cents: int


class ReleasedMonth(NamedTuple):
    """A household's month: its lines add up to `total_cents`."""

    household_id: UUID
    lines: tuple[PaidLine, ...]
    total_cents: int


def require_released(run: ReleasedRun) -> None:
    """ConflictError unless every month of the run is booked."""
    if not run.is_released:
        raise ConflictError("This run is not released: release it first, so that what is paid is what was approved.")


def list_paid_lines(statement: Statement) -> Iterator[PaidLine]:
    """Yield what a month pays: creditors, corrections of earlier months, and the persons."""
    for charge in statement.charges:
        key, kind, creditor, for_month, _, paid_cents, _ = charge
        yield PaidLine(key, kind, creditor, for_month, is_correction=False, on=None, cents=paid_cents)
    for correction in statement.corrections:
        key, kind, creditor, for_month = correction.key, correction.kind, correction.creditor, correction.for_month
        yield PaidLine(key, kind, creditor, for_month, is_correction=True, on=None, cents=correction.paid_cents)
    for payment in statement.payments:
        yield PaidLine(payment.payee, None, payment.payee, "", is_correction=False, on=payment.on, cents=payment.cents)
