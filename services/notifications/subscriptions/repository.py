"""Queries on subscriptions and keys. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlmodel import col

from services.notifications.subscriptions.rules.subscriptions import RECEIVING, PartnerSubscription, SigningKey
from services.notifications.subscriptions.tables import SubscriptionKeyRow, SubscriptionRow
from shared.database import rows
from shared.database.transactions import Transaction

_ADVANCE = """
UPDATE subscription SET last_sequence = new.last_sequence
FROM unnest($2::uuid[], $3::bigint[]) AS new(id, last_sequence)
WHERE municipality = $1 AND subscription.id = new.id
"""


async def add_subscription(tx: Transaction, subscription: PartnerSubscription) -> PartnerSubscription | None:
    """Add a subscription. Return None if it is new, else the one that has its id already."""
    return await rows.add_or_load(tx, SubscriptionRow, subscription)


async def find_subscription(
    tx: Transaction, subscription_id: UUID, *, lock: bool = False
) -> PartnerSubscription | None:
    row = await rows.find(tx, SubscriptionRow, subscription_id, lock=lock)
    return None if row is None else rows.to_state(PartnerSubscription, row)


async def save_subscription(tx: Transaction, subscription: PartnerSubscription) -> None:
    """Write back a subscription that this transaction has locked."""
    await rows.update(tx, SubscriptionRow, subscription.id, **rows.to_values(subscription))


async def list_subscriptions(
    tx: Transaction, partner_id: UUID | None, *, after: UUID | None, limit: int
) -> tuple[list[PartnerSubscription], UUID | None]:
    """Return subscriptions by id, of one partner or of all, and the id for the next page."""
    statement = select(SubscriptionRow).order_by(col(SubscriptionRow.id)).limit(limit + 1)
    if partner_id is not None:
        statement = statement.where(col(SubscriptionRow.partner_id) == partner_id)
    if after is not None:
        statement = statement.where(col(SubscriptionRow.id) > after)
    records = (await tx.session.execute(statement)).scalars().all()
    page = [rows.to_state(PartnerSubscription, row) for row in records[:limit]]
    return page, page[-1].id if len(records) > limit else None


async def lock_receiving(tx: Transaction, partner_ids: Sequence[UUID]) -> list[PartnerSubscription]:
    """Lock and return what these partners receive, in the order of ids, so that two transactions never wait crosswise.

    They stay locked until the commit: numbers in a log are then in the order of commits, without a gap.
    """
    receives = (
        col(SubscriptionRow.partner_id).in_(partner_ids),
        col(SubscriptionRow.state).in_([state.value for state in RECEIVING]),
    )
    statement = select(SubscriptionRow).where(*receives).order_by(col(SubscriptionRow.id)).with_for_update()
    records = (await tx.session.execute(statement.execution_options(populate_existing=True))).scalars()
    return [rows.to_state(PartnerSubscription, row) for row in records]


async def advance(tx: Transaction, last_sequences: Mapping[UUID, int]) -> None:
    """Set the last numbers of logs whose subscriptions this transaction has locked."""
    await (await tx.driver()).execute(_ADVANCE, tx.municipality, list(last_sequences), list(last_sequences.values()))


async def list_keys(tx: Transaction, subscription_id: UUID) -> list[SigningKey]:
    """Return the keys of a subscription that hold, the newest first."""
    expires_at = col(SubscriptionKeyRow.expires_at)
    holds = (
        col(SubscriptionKeyRow.subscription_id) == subscription_id,
        expires_at.is_(None) | (expires_at > func.now()),
    )
    statement = select(SubscriptionKeyRow).where(*holds).order_by(col(SubscriptionKeyRow.number).desc())
    records = (await tx.session.execute(statement)).scalars()
    return [SigningKey(row.number, row.secret, row.seed, row.expires_at) for row in records]


async def add_key(
    tx: Transaction, subscription_id: UUID, number: int, secret: bytes, seed: bytes, previous_hours: int
) -> None:
    """Add a key; the one before it holds for so many hours more, and older ones go."""
    await tx.flush()
    is_older = (
        col(SubscriptionKeyRow.subscription_id) == subscription_id,
        col(SubscriptionKeyRow.number) < number - 1,
    )
    await tx.session.execute(delete(SubscriptionKeyRow).where(*is_older))
    previous = await rows.find(tx, SubscriptionKeyRow, subscription_id, number - 1)
    if previous is not None:
        previous.expires_at = (
            await tx.session.execute(select(func.now() + func.make_interval(0, 0, 0, 0, previous_hours)))
        ).scalar_one()
    values = {"subscription_id": subscription_id, "number": number, "secret": secret, "seed": seed}
    await rows.add(tx, SubscriptionKeyRow, **values)
