"""Payments that no statement showed in time: one task for a batch of which nothing was shown, else one for each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.follow_ups import build_shared_task, build_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import target_days_back

# A day that was missed is made good within a month; what is older was reported before, or belongs to another system.
_LOOKED_BACK = timedelta(days=31)


class UnbookedPayment(NamedTuple):
    """A payment that left in a file and that no statement shows, nor a refusal."""

    id: UUID
    household_id: UUID
    month: str
    amount_cents: int
    execute_on: date
    batch_id: str
    file_id: str


@dataclass(frozen=True, slots=True)
class UnbookedReport:
    """A task about payments that no statement showed, of one household or of none in particular."""

    task: Task
    household_id: UUID | None
    payment_ids: tuple[UUID, ...]


def find_overdue_days(day: date, business_days: int) -> tuple[date, date]:
    """Return the first and last day of execution of payments that a statement should show by now."""
    last = target_days_back(day, business_days)
    return last - _LOOKED_BACK, last


def list_reports(
    municipality: str, payments: Iterable[UnbookedPayment], shown_batches: Collection[str], business_days: int
) -> list[UnbookedReport]:
    """Return the tasks about these payments. `shown_batches` are those of which a statement shows other payments."""
    by_batch: dict[str, list[UnbookedPayment]] = {}
    for payment in payments:
        by_batch.setdefault(payment.batch_id, []).append(payment)
    reports: list[UnbookedReport] = []
    for batch_id, unbooked in by_batch.items():
        if batch_id in shown_batches or len(unbooked) == 1:
            reports.extend(_report_payment(payment, business_days) for payment in unbooked)
        else:
            reports.append(_report_batch(municipality, unbooked, business_days))
    return reports


def _report_payment(payment: UnbookedPayment, business_days: int) -> UnbookedReport:
    sentence = (
        f"No statement shows this payment of {payment.execute_on}, {business_days} business days later: ask the bank "
        f"whether it carried it out, with file {payment.file_id} and end-to-end id {payment.id.hex}. This task "
        "completes by itself once a statement or status report says so."
    )
    kind = TaskKind.PAYMENT_UNBOOKED
    task = build_task(payment.id, kind, payment.month, payment.amount_cents, sentence)
    return UnbookedReport(task, payment.household_id, (payment.id,))


def _report_batch(municipality: str, payments: list[UnbookedPayment], business_days: int) -> UnbookedReport:
    first = payments[0]
    sentence = (
        f"No statement shows any of the {len(payments)} payments of {first.execute_on} in file {first.file_id}, "
        f"{business_days} business days later: ask the bank whether it has the file. If it never had it, send the same "
        "file; nothing is made anew. This task completes by itself once a statement or status report shows them."
    )
    cents = sum(payment.amount_cents for payment in payments)
    origin, kind = f"unbooked {first.batch_id}", TaskKind.PAYMENT_UNBOOKED
    task = build_shared_task(municipality, origin, cents, first.execute_on, kind, sentence)
    return UnbookedReport(task, None, tuple(payment.id for payment in payments))
