"""Queries on webhooks and what is on its way to them.

Statements for the driver name the municipality, beside row-level security.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.notifications.webhooks.rules.attempts import Sent, WebhookProblem
from services.notifications.webhooks.rules.deliveries import ClaimedWebhook, Delivery, DeliveryState, Parcel
from services.notifications.webhooks.tables import WebhookDeliveryRow
from shared.database.transactions import Transaction

_QUEUE = """
INSERT INTO webhook_delivery (municipality, subscription_id, sequence, subject, type, state)
SELECT $1, new.*, 'waiting'
FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::text[]) AS new(subscription_id, sequence, subject, type)
ON CONFLICT (municipality, subscription_id, sequence) DO UPDATE SET state = 'waiting', attempts = 0, problem = NULL
"""
_MAKE_DUE = """
INSERT INTO webhook (municipality, subscription_id, due_at) SELECT $1, id, now() FROM unnest($2::uuid[]) AS new(id)
ON CONFLICT (municipality, subscription_id) DO UPDATE
    SET due_at = CASE WHEN webhook.failures > 0 THEN webhook.due_at ELSE now() END
"""
_MAKE_DUE_NOW = """
INSERT INTO webhook (municipality, subscription_id, due_at) VALUES ($1, $2, now())
ON CONFLICT (municipality, subscription_id) DO UPDATE SET due_at = now(), failures = 0
"""
# Materialised, since a subquery with a limit may be carried out more than once and then claims more than its limit.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT webhook.subscription_id, subscription.sink
    FROM webhook
    JOIN subscription ON subscription.municipality = $1 AND subscription.id = webhook.subscription_id
    JOIN partner ON partner.municipality = $1 AND partner.id = subscription.partner_id
    WHERE webhook.municipality = $1 AND webhook.due_at <= now()
        AND (webhook.leased_until IS NULL OR webhook.leased_until <= now())
        AND subscription.state = 'active'
        AND timezone('Europe/Amsterdam', now())::date BETWEEN partner.registered_on AND partner.ends_on
    ORDER BY webhook.due_at LIMIT $2 FOR UPDATE OF webhook SKIP LOCKED)
UPDATE webhook SET leased_until = now() + make_interval(secs => $3) FROM due
WHERE webhook.municipality = $1 AND webhook.subscription_id = due.subscription_id
RETURNING webhook.subscription_id, due.sink, webhook.consented_at, webhook.failures
"""
_PARCELS = """
SELECT delivery.sequence, delivery.subject, entry.id, entry.document
FROM webhook_delivery AS delivery
JOIN feed_entry AS entry
    ON entry.municipality = $1 AND entry.subscription_id = $2 AND entry.sequence = delivery.sequence
WHERE delivery.municipality = $1 AND delivery.subscription_id = $2 AND delivery.state = 'waiting' AND NOT EXISTS (
    SELECT 1 FROM webhook_wait AS wait WHERE wait.municipality = $1 AND wait.subscription_id = $2
        AND wait.subject = delivery.subject AND (wait.retry_at IS NULL OR wait.retry_at > now()))
ORDER BY delivery.sequence LIMIT $3
"""
_LOCK = "SELECT 1 FROM webhook WHERE municipality = $1 AND subscription_id = $2 FOR UPDATE"
_MARK_DELIVERED = """
UPDATE webhook_delivery
SET state = 'delivered', attempts = attempts + 1, problem = NULL, status = NULL, settled_at = now()
WHERE municipality = $1 AND subscription_id = $2 AND sequence = ANY($3::bigint[])
"""
_RELEASE_SUBJECTS = """
DELETE FROM webhook_wait AS wait USING webhook_delivery AS delivery
WHERE wait.municipality = $1 AND wait.subscription_id = $2 AND delivery.municipality = $1
    AND delivery.subscription_id = $2 AND delivery.sequence = ANY($3::bigint[]) AND wait.subject = delivery.subject
"""
_MARK_FAILED = """
UPDATE webhook_delivery SET attempts = attempts + 1, problem = new.problem, status = new.status, settled_at = now()
FROM unnest($3::bigint[], $4::text[], $5::int[]) AS new(sequence, problem, status)
WHERE municipality = $1 AND subscription_id = $2 AND webhook_delivery.sequence = new.sequence
"""
_WAIT = """
INSERT INTO webhook_wait (municipality, subscription_id, subject, failures, retry_at)
VALUES ($1, $2, $3, 1, now() + make_interval(secs => $4))
ON CONFLICT (municipality, subscription_id, subject) DO UPDATE SET failures = webhook_wait.failures + 1,
    retry_at = excluded.retry_at
"""
_FAILURES = "SELECT subject, failures FROM webhook_wait WHERE municipality = $1 AND subscription_id = $2"
_SETTLE = """
UPDATE webhook SET leased_until = NULL, failures = 0, problem = NULL, due_at = (
    SELECT CASE WHEN bool_or(wait.subject IS NULL OR wait.retry_at <= now()) THEN now() ELSE min(wait.retry_at) END
    FROM webhook_delivery AS delivery
    LEFT JOIN webhook_wait AS wait ON wait.municipality = $1 AND wait.subscription_id = $2
        AND wait.subject = delivery.subject
    WHERE delivery.municipality = $1 AND delivery.subscription_id = $2 AND delivery.state = 'waiting')
WHERE municipality = $1 AND subscription_id = $2
"""
_BACK_OFF = """
UPDATE webhook SET leased_until = NULL, failures = $3, problem = $4, due_at = now() + make_interval(secs => $5)
WHERE municipality = $1 AND subscription_id = $2
"""
_CONSENT = "UPDATE webhook SET consented_at = now() WHERE municipality = $1 AND subscription_id = $2"
_NOTIFY = """
UPDATE webhook SET notified_on = timezone('Europe/Amsterdam', now())::date
WHERE municipality = $1 AND subscription_id = $2
    AND (notified_on IS NULL OR notified_on < timezone('Europe/Amsterdam', now())::date)
RETURNING notified_on
"""
_REPLAY = """
INSERT INTO webhook_delivery (municipality, subscription_id, sequence, subject, type, state)
SELECT $1, subscription_id, sequence, coalesce(subject, subscription_id), type, 'waiting' FROM feed_entry
WHERE municipality = $1 AND subscription_id = $2 AND sequence BETWEEN $3 AND $4
ON CONFLICT (municipality, subscription_id, sequence) DO UPDATE SET state = 'waiting', attempts = 0, problem = NULL,
    subject = excluded.subject, type = excluded.type
"""
_FORGET_WAITS = """
DELETE FROM webhook_wait WHERE municipality = $1 AND subscription_id = $2 AND subject IN (
    SELECT subject FROM webhook_delivery
    WHERE municipality = $1 AND subscription_id = $2 AND sequence BETWEEN $3 AND $4)
"""


async def queue(tx: Transaction, deliveries: Sequence[tuple[UUID, int, UUID, str]]) -> None:
    """Put documents on their way (subscription, sequence, subject, type), and make their webhooks due.

    A partner that is away keeps its delay; a person who has to wait delays nobody else.
    """
    driver = await tx.driver()
    columns = [list(column) for column in zip(*deliveries, strict=True)]
    await driver.execute(_QUEUE, tx.municipality, *columns)
    await driver.execute(_MAKE_DUE, tx.municipality, sorted(set(columns[0])))


async def claim(tx: Transaction, webhooks_max: int, parcels_max: int, lease_seconds: float) -> list[ClaimedWebhook]:
    """Lease the longest due webhooks with what is to be delivered to each; another worker passes them over."""
    driver = await tx.driver()
    claimed = []
    for record in await driver.fetch(_CLAIM, tx.municipality, webhooks_max, lease_seconds):
        subscription_id = record["subscription_id"]
        parcels = await driver.fetch(_PARCELS, tx.municipality, subscription_id, parcels_max)
        claimed.append(
            ClaimedWebhook(
                municipality=tx.municipality,
                subscription_id=subscription_id,
                sink=record["sink"],
                has_consented=record["consented_at"] is not None,
                failures=record["failures"],
                parcels=tuple(
                    Parcel(each["sequence"], each["id"], each["subject"], each["document"]) for each in parcels
                ),
            )
        )
    return claimed


async def record_consent(tx: Transaction, subscription_id: UUID) -> None:
    """Record that the partner's server consented to deliveries."""
    await (await tx.driver()).execute(_CONSENT, tx.municipality, subscription_id)


async def lock(tx: Transaction, subscription_id: UUID) -> None:
    """Lock a webhook: what is queued from now on waits, and what was queued before is seen by the next statement."""
    await (await tx.driver()).execute(_LOCK, tx.municipality, subscription_id)


async def mark_delivered(tx: Transaction, subscription_id: UUID, sequences: Sequence[int]) -> None:
    """Mark documents as delivered; their subjects wait no longer."""
    driver = await tx.driver()
    await driver.execute(_RELEASE_SUBJECTS, tx.municipality, subscription_id, list(sequences))
    await driver.execute(_MARK_DELIVERED, tx.municipality, subscription_id, list(sequences))


async def mark_failed(tx: Transaction, subscription_id: UUID, failed: Iterable[Sent]) -> None:
    """Record what came of the attempts that failed."""
    attempts = [(each.sequence, each.reply.problem, each.reply.status) for each in failed]
    columns = [list(column) for column in zip(*attempts, strict=True)]
    await (await tx.driver()).execute(_MARK_FAILED, tx.municipality, subscription_id, *columns)


async def load_failures(tx: Transaction, subscription_id: UUID) -> dict[UUID, int]:
    """Return how often the first document of each waiting subject failed in a row."""
    records = await (await tx.driver()).fetch(_FAILURES, tx.municipality, subscription_id)
    return {record["subject"]: record["failures"] for record in records}


async def let_wait(tx: Transaction, subscription_id: UUID, subject: UUID, delay_seconds: float | None) -> None:
    """Let the documents of a subject wait; without a delay until somebody resends them."""
    await (await tx.driver()).execute(_WAIT, tx.municipality, subscription_id, subject, delay_seconds)


async def settle(tx: Transaction, subscription_id: UUID) -> None:
    """End the lease of a locked webhook: it is due when the next of its documents is."""
    await (await tx.driver()).execute(_SETTLE, tx.municipality, subscription_id)


async def back_off(
    tx: Transaction, subscription_id: UUID, failures: int, problem: WebhookProblem, delay_seconds: float
) -> None:
    """End the lease of a webhook whose partner is away; it is due after the delay."""
    arguments = (tx.municipality, subscription_id, failures, problem, delay_seconds)
    await (await tx.driver()).execute(_BACK_OFF, *arguments)


async def mark_notified(tx: Transaction, subscription_id: UUID) -> bool:
    """Return whether the partner is to be notified today: once a day at most."""
    day: date | None = await (await tx.driver()).fetchval(_NOTIFY, tx.municipality, subscription_id)
    return day is not None


async def replay(tx: Transaction, subscription_id: UUID, first: int, last: int) -> int:
    """Put a range of a log on its way again, at once. Return how many documents that are."""
    driver = await tx.driver()
    tag: str = await driver.execute(_REPLAY, tx.municipality, subscription_id, first, last)
    await driver.execute(_FORGET_WAITS, tx.municipality, subscription_id, first, last)
    await driver.execute(_MAKE_DUE_NOW, tx.municipality, subscription_id)
    return int(tag.rpartition(" ")[2])


async def list_deliveries(
    tx: Transaction, subscription_id: UUID, state: DeliveryState | None, *, after: int, limit: int
) -> tuple[list[Delivery], int | None]:
    """Return documents on their way by number, and the number for the next page."""
    statement = select(WebhookDeliveryRow).where(
        col(WebhookDeliveryRow.subscription_id) == subscription_id, col(WebhookDeliveryRow.sequence) > after
    )
    if state is not None:
        statement = statement.where(col(WebhookDeliveryRow.state) == state.value)
    statement = statement.order_by(col(WebhookDeliveryRow.sequence)).limit(limit + 1)
    records = (await tx.session.execute(statement)).scalars().all()
    page = [_to_delivery(row) for row in records[:limit]]
    return page, page[-1].sequence if len(records) > limit else None


def _to_delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery(
        sequence=row.sequence,
        type=row.type,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status=row.status,
        problem=WebhookProblem(row.problem) if row.problem else None,
        settled_at=row.settled_at,
    )
