"""Neighbourhood mothers are paid for their work, each piece once, and what was paid is added up."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import mother_pay, neighbourhood_mothers
from services.ontzorgen.independence.repository.days import derive_task_id
from services.ontzorgen.independence.rules.mother_pay import MotherPayment, WorkTotal, pay
from services.ontzorgen.tasks.handlers import complete_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_end, month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, require_same_content
from shared.http.requests import require_found


@dataclass(frozen=True)
class PayTotals:
    """The work of a period by kind, how much of it is paid, and the cents that were paid in the period."""

    work: Sequence[WorkTotal]
    minutes: int
    paid_minutes: int
    paid_cents: int


async def pay_mother(request: MotherPayment, tx: Transaction) -> MotherPayment:
    """Record the payment of all unpaid work until the end of a month, which completes its task.

    The same twice is recorded once; the lock keeps two payments from paying the same work.
    """
    require_found(await neighbourhood_mothers.find_mother(tx, request.mother_id, lock=True), "neighbourhood mother")
    earlier = await mother_pay.find_payment(tx, request.id)
    if earlier is not None:
        return require_same_content(earlier, request)
    paid_ids = await mother_pay.list_paid_ids(tx, request.mother_id)
    work = await neighbourhood_mothers.list_engagements(tx, request.mother_id)
    unpaid = [engagement for engagement in work if engagement.id not in paid_ids]
    payment, payable = pay(request, unpaid, find_policy(month_end(request.month), tx))
    if not await mother_pay.add_payment(tx, payment, [engagement.id for engagement in payable]):
        raise ConflictError(
            "work_already_paid", "Some of this work is paid already: read what was paid, and pay the rest."
        )
    paid_before = Counter(month_of(engagement.on_day) for engagement in work if engagement.id in paid_ids)
    months = {month_of(engagement.on_day) for engagement in payable}
    abouts = {f"{request.mother_id}{month}/{paid_before[month]}" for month in months}
    task_ids = [derive_task_id(TaskKind.MOTHER_PAY_DUE, about) for about in sorted(abouts)]
    await complete_tasks(task_ids, payment.paid_on, tx)
    return payment


async def list_payments(mother_id: UUID, tx: Transaction) -> list[MotherPayment]:
    """Return what a guide was paid."""
    require_found(await neighbourhood_mothers.find_mother(tx, mother_id), "neighbourhood mother")
    return await mother_pay.list_payments(tx, mother_id)


async def sum_pay(from_day: date, until_day: date, tx: Transaction) -> PayTotals:
    """Return the work of all guides in a period and what was paid in it."""
    work, paid_cents = await mother_pay.sum_work(tx, from_day, until_day)
    minutes, paid_minutes = sum(total.minutes for total in work), sum(total.paid_minutes for total in work)
    return PayTotals(work, minutes, paid_minutes, paid_cents)
