"""What a released run pays: its months as lines that money goes to, for whoever takes them to the bank."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.statement.rules.situation import AttachmentKind
from services.ontzorgen.statement.rules.statement import Statement
from shared.errors.refusals import ConflictError
from shared.events.codes import ChargeKind


class PaymentPurpose(StrEnum):
    """What a payment is for: what the month itself pays, holiday allowance that was set aside, or an attachment."""

    MONTH = "month"
    HOLIDAY_ALLOWANCE = "holiday_allowance"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class ReleasedRun:
    """A run as far as paying it goes; `released_on` is the day on which booking began."""

    id: UUID
    month: str
    is_released: bool
    released_on: date | None


class PaidLine(NamedTuple):
    """A line of a household's month that money goes to; a negative correction is netted against its creditor.

    A line to a person has no kind: `key` and `creditor` then hold the payee, and `on` the day.
    """

    key: str
    kind: ChargeKind | None
    creditor: str
    for_month: str
    is_correction: bool
    on: date | None
    cents: int
    purpose: PaymentPurpose = PaymentPurpose.MONTH

    @property
    def is_to_person(self) -> bool:
        return self.kind is None and self.purpose is not PaymentPurpose.ATTACHMENT


class ReleasedMonth(NamedTuple):
    """A household's month: its lines add up to `total_cents`."""

    household_id: UUID
    lines: tuple[PaidLine, ...]
    total_cents: int


def require_released(run: ReleasedRun) -> None:
    """ConflictError unless every month of the run is booked."""
    if not run.is_released:
        raise ConflictError(
            "run_not_released", "This run is not released: release it first, so that what is paid is what was approved."
        )


def list_paid_lines(statement: Statement) -> Iterator[PaidLine]:
    """Yield what a month pays: creditors, corrections of earlier months, attaching creditors, and the persons."""
    for charge in statement.charges:
        key, kind, creditor, for_month, _, paid_cents, _ = charge
        yield PaidLine(key, kind, creditor, for_month, is_correction=False, on=None, cents=paid_cents)
    for correction in statement.corrections:
        key, kind, creditor, for_month = correction.key, correction.kind, correction.creditor, correction.for_month
        yield PaidLine(key, kind, creditor, for_month, is_correction=True, on=None, cents=correction.paid_cents)
    for payment in statement.payments:
        yield PaidLine(payment.payee, None, payment.payee, "", is_correction=False, on=payment.on, cents=payment.cents)
    month = statement.month
    for key, attachment_kind, creditor, cents in statement.attachments:
        if attachment_kind is AttachmentKind.ATTACHMENT:
            yield PaidLine(
                key, None, creditor, month, is_correction=False, on=None, cents=cents, purpose=PaymentPurpose.ATTACHMENT
            )
    for on, payee, cents in statement.holiday_payments:
        yield PaidLine(
            payee, None, payee, month, is_correction=False, on=on, cents=cents, purpose=PaymentPurpose.HOLIDAY_ALLOWANCE
        )
