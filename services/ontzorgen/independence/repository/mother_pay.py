"""The queries of what neighbourhood mothers are paid."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.mother_pay import MotherPayment, WorkTotal
from services.ontzorgen.independence.rules.neighbourhood_mothers import Engagement
from services.ontzorgen.independence.tables.neighbourhood_mothers import MotherPaidEngagementRow, MotherPaymentRow
from shared.database import rows
from shared.database.transactions import Transaction

_PAID: Final = """
SELECT paid.engagement_id FROM mother_paid_engagement paid
JOIN mother_engagement e ON e.municipality = paid.municipality AND e.id = paid.engagement_id
WHERE paid.municipality = $1 AND e.mother_id = $2
"""
_WORK: Final = """
SELECT e.engagement, sum(e.minutes)::bigint AS minutes,
    COALESCE(sum(e.minutes) FILTER (WHERE paid.engagement_id IS NOT NULL), 0)::bigint AS paid_minutes
FROM mother_engagement e LEFT JOIN mother_paid_engagement paid
    ON paid.municipality = e.municipality AND paid.engagement_id = e.id
WHERE e.municipality = $1 AND e.on_day BETWEEN $2 AND $3 GROUP BY e.engagement ORDER BY e.engagement
"""
_PAID_CENTS: Final = """
SELECT COALESCE(sum(amount_cents), 0)::bigint AS cents FROM mother_payment
WHERE municipality = $1 AND paid_on BETWEEN $2 AND $3
"""


async def find_payment(tx: Transaction, payment_id: UUID) -> MotherPayment | None:
    """Return the payment; None if there is no such payment."""
    return await records.find(tx, MotherPaymentRow, MotherPayment, payment_id)


async def add_payment(tx: Transaction, payment: MotherPayment, engagement_ids: Iterable[UUID]) -> bool:
    """Add a payment with the work that it pays; False when its id is in use or some of the work is paid already."""
    if not await records.add(tx, MotherPaymentRow, payment):
        return False
    added = [
        await rows.add(tx, MotherPaidEngagementRow, engagement_id=engagement_id, payment_id=payment.id)
        for engagement_id in engagement_ids
    ]
    return all(added)


async def list_payments(tx: Transaction, mother_id: UUID) -> list[MotherPayment]:
    return await records.list_states(tx, MotherPaymentRow, MotherPayment, mother_id=mother_id)


async def list_paid_ids(tx: Transaction, mother_id: UUID) -> set[UUID]:
    """Return the ids of the work of a guide that is paid."""
    return {row["engagement_id"] for row in await tx.rows(_PAID, tx.municipality, mother_id)}


async def sum_work(tx: Transaction, from_day: date, until_day: date) -> tuple[list[WorkTotal], int]:
    """Return all work of a period by kind, and the cents that were paid in it."""
    work = [
        WorkTotal(Engagement(row["engagement"]), row["minutes"], row["paid_minutes"])
        for row in await tx.rows(_WORK, tx.municipality, from_day, until_day)
    ]
    (paid,) = await tx.rows(_PAID_CENTS, tx.municipality, from_day, until_day)
    return work, paid["cents"]
