"""Queries on the logs of subscriptions.

Statements for the driver name the municipality, beside row-level security.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import func, select
from sqlmodel import col

from services.notifications.feed.rules.entries import Entry
from services.notifications.feed.tables import FeedEntryRow
from shared.database.transactions import Transaction

_COLUMNS = ("subscription_id", "sequence", "id", "origin", "person_id", "subject", "type", "document")
_ADD = """
INSERT INTO feed_entry (municipality, subscription_id, sequence, id, origin, person_id, subject, type, document)
SELECT $1, new.* FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[],
    $9::bytea[]) AS new(subscription_id, sequence, id, origin, person_id, subject, type, document)
"""
_WRITTEN = "SELECT subscription_id, origin FROM feed_entry WHERE municipality = $1 AND origin = ANY($2::uuid[])"
_PAGE = """
SELECT sequence, document FROM feed_entry
WHERE municipality = $1 AND subscription_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4
"""
_OF_PEOPLE = """
SELECT entry.*, subscription.partner_id FROM feed_entry AS entry
JOIN subscription ON subscription.municipality = $1 AND subscription.id = entry.subscription_id
WHERE entry.municipality = $1 AND entry.person_id = ANY($2::uuid[]) ORDER BY subscription_id, sequence
"""
_REPLACE = """
UPDATE feed_entry SET type = new.type, document = new.document, person_id = NULL, subject = NULL
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::bytea[]) AS new(subscription_id, sequence, type, document)
WHERE municipality = $1 AND feed_entry.subscription_id = new.subscription_id AND feed_entry.sequence = new.sequence
"""
_IDS_SINCE_DIGEST = """
SELECT sequence, id FROM feed_entry
WHERE municipality = $1 AND subscription_id = $2 AND sequence >= coalesce((
    SELECT max(sequence) FROM feed_entry WHERE municipality = $1 AND subscription_id = $2 AND type = $3), 0)
ORDER BY sequence
"""
_DELETE_OLD = """
DELETE FROM feed_entry WHERE municipality = $1 AND recorded_at < now() - make_interval(days => $2)
"""
_NOW = "SELECT now() AS now, timezone('Europe/Amsterdam', now())::date AS today"


async def read_clock(tx: Transaction) -> tuple[datetime, date]:
    """Return this moment and the Dutch day, by the clock of the database."""
    record = await (await tx.driver()).fetchrow(_NOW)
    assert record is not None  # noqa: S101 - a select without a table has one row
    return record["now"], record["today"]


async def find_written(tx: Transaction, origins: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """Return which of these origins are in which log already, as pairs of subscription and origin."""
    records = await (await tx.driver()).fetch(_WRITTEN, tx.municipality, list(origins))
    return {(record["subscription_id"], record["origin"]) for record in records}


async def add_entries(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add entries to logs whose subscriptions this transaction has locked."""
    columns = [[getattr(entry, name) for entry in entries] for name in _COLUMNS]
    await (await tx.driver()).execute(_ADD, tx.municipality, *columns)


async def read_page(tx: Transaction, subscription_id: UUID, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Return the documents after a number, with their numbers."""
    records = await (await tx.driver()).fetch(_PAGE, tx.municipality, subscription_id, after, limit)
    return [(record["sequence"], record["document"]) for record in records]


async def find_first_since(tx: Transaction, subscription_id: UUID, moment: datetime) -> int | None:
    """Return the number of the first document recorded at or after a moment; None if there is none."""
    is_since = (col(FeedEntryRow.subscription_id) == subscription_id, col(FeedEntryRow.recorded_at) >= moment)
    first: int | None = await tx.session.scalar(select(func.min(FeedEntryRow.sequence)).where(*is_since))
    return first


async def list_about(tx: Transaction, person_ids: Iterable[UUID]) -> list[tuple[Entry, UUID]]:
    """Return what the logs hold about these people, each with the id of the partner."""
    records = await (await tx.driver()).fetch(_OF_PEOPLE, tx.municipality, list(person_ids))
    return [(_to_entry(record), record["partner_id"]) for record in records]


async def replace_entries(tx: Transaction, entries: Iterable[Entry]) -> None:
    """Put other documents in the place of entries."""
    changed = list(entries)
    names = ("subscription_id", "sequence", "type", "document")
    columns = [[getattr(entry, name) for entry in changed] for name in names]
    await (await tx.driver()).execute(_REPLACE, tx.municipality, *columns)


async def list_since_digest(tx: Transaction, subscription_id: UUID, digest_type: str) -> list[tuple[int, UUID]]:
    """Return numbers and ids from the last digest on, that digest included."""
    records = await (await tx.driver()).fetch(_IDS_SINCE_DIGEST, tx.municipality, subscription_id, digest_type)
    return [(record["sequence"], record["id"]) for record in records]


async def delete_old(tx: Transaction, days: int) -> int:
    """Delete what is older than so many days. Return how many documents that were."""
    tag: str = await (await tx.driver()).execute(_DELETE_OLD, tx.municipality, days)
    return int(tag.rpartition(" ")[2])


def _to_entry(record: asyncpg.Record) -> Entry:
    values: dict[str, Any] = {name: record[name] for name in _COLUMNS}
    return Entry(**values)
