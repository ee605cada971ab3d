"""Queries on messages. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

import asyncpg
from sqlalchemy import func, select, update
from sqlmodel import col

from services.notifications.messages.rules.messages import Message, MessageFilter, MessageRecord, MessageState
from services.notifications.messages.tables import MessageRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import MessageChannel

_ADD = """
INSERT INTO message
    (municipality, id, event_id, audience, person_id, template, language, channel, draft, state, attempts)
SELECT $1, id, event_id, audience, person_id, template, language, channel, draft, 'queued', 0
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[])
    WITH ORDINALITY AS told(id, event_id, audience, person_id, template, language, channel, draft, turn)
ORDER BY turn
ON CONFLICT DO NOTHING
"""
# Whoever claims a message counts an attempt and takes its problem away.
_REROUTE = """
UPDATE message SET channel = $3, due_at = now(), problem = NULL
WHERE municipality = $1 AND person_id = $2 AND audience = 'person' AND state = 'queued'
    AND batch_id IS NULL AND (attempts = 0 OR problem IS NOT NULL)
"""
_COUNT_BY_KIND = """
SELECT template, language, channel, state, problem, count(*) AS messages FROM message
WHERE municipality = $1 GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True)
class MessageTotals:
    """How many messages a municipality has, by what they are."""

    total: int
    by_language: Mapping[str, int]
    by_template: Mapping[str, int]
    by_state: Mapping[str, int]
    by_channel: Mapping[str, int]


async def add_messages(tx: Transaction, messages: Sequence[Message]) -> None:
    """Queue messages in their order; a repeated fact adds none."""
    names = ("id", "event_id", "audience", "person_id", "template", "language", "channel", "draft")
    arrays = ([getattr(message, name) for message in messages] for name in names)
    await (await tx.driver()).execute(_ADD, tx.municipality, *arrays)


async def count_by_kind(tx: Transaction) -> list[asyncpg.Record]:
    """Count the messages by template, language, channel, state and problem, as `messages`."""
    return list(await (await tx.driver()).fetch(_COUNT_BY_KIND, tx.municipality))


async def read_today(tx: Transaction) -> date:
    """Return the Dutch day of this transaction, by the clock of the database."""
    today: date = await (await tx.driver()).fetchval("SELECT timezone('Europe/Amsterdam', now())::date")
    return today


async def find_message(tx: Transaction, message_id: UUID, *, lock: bool = False) -> MessageRecord | None:
    row = await rows.find(tx, MessageRow, message_id, lock=lock)
    return None if row is None else rows.to_state(MessageRecord, row)


async def list_messages(
    tx: Transaction, wanted: MessageFilter, *, after: UUID | None, limit: int
) -> tuple[list[MessageRecord], UUID | None]:
    """Return messages by id, and the id to go on after."""
    query = select(MessageRow).order_by(col(MessageRow.id)).limit(limit + 1)
    values = asdict(wanted).items()
    query = query.where(*(col(getattr(MessageRow, name)) == value for name, value in values if value is not None))
    if after is not None:
        query = query.where(col(MessageRow.id) > after)
    page = (await tx.session.execute(query)).scalars().all()
    messages = [rows.to_state(MessageRecord, row) for row in page[:limit]]
    return messages, messages[-1].id if len(page) > limit else None


async def reroute(tx: Transaction, person_id: UUID, channel: MessageChannel) -> None:
    """Let what still waits for a person leave by this channel, now; what is under way at this moment is left alone."""
    await (await tx.driver()).execute(_REROUTE, tx.municipality, person_id, channel)


async def release(tx: Transaction, message_id: UUID, channel: MessageChannel) -> None:
    """Queue a parked message again, by this channel."""
    values = {"state": MessageState.QUEUED, "channel": channel, "problem": None, "attempts": 0, "due_at": func.now()}
    is_message = (col(MessageRow.municipality) == tx.municipality, col(MessageRow.id) == message_id)
    statement = update(MessageRow).where(*is_message).values(**values)
    await tx.session.execute(statement.execution_options(synchronize_session=False))


async def count_messages(tx: Transaction) -> MessageTotals:
    """Count the messages themselves, in one reading."""
    names = ("language", "template", "state", "channel")
    columns = [getattr(MessageRow, name) for name in names]
    groups = (await tx.session.execute(select(*columns, func.count()).group_by(*columns))).all()
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for *values, count in groups:
        for name, value in zip(names, values, strict=True):
            counts[name][value] = counts[name].get(value, 0) + count
    return MessageTotals(
        total=sum(group[-1] for group in groups),
        **{f"by_{name}": dict(sorted(totals.items())) for name, totals in counts.items()},
    )
