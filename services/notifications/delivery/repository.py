"""Queries of delivery: mails that are due, leased, sent, put back or parked, and letters that wait for an address.

Every statement names the municipality, beside row-level security: they are written for the driver.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications.messages.rules.messages import MessageProblem, MessageText
from services.notifications.messages.rules.notices import Audience
from shared.database.transactions import Transaction
from shared.events.codes import MessageChannel

# Materialised, since a subquery with a limit may be carried out more than once and then claims more than its limit.
_DUE = """
WITH due AS MATERIALIZED (
    SELECT * FROM message
    WHERE municipality = $1 AND state = 'queued' AND due_at <= now() AND channel <> 'letter'
    ORDER BY due_at, position LIMIT $2 FOR UPDATE SKIP LOCKED)
SELECT due.*, contact.email, contact.name, timezone('Europe/Amsterdam', now())::date AS today
FROM due LEFT JOIN contact ON contact.municipality = due.municipality AND contact.person_id = due.person_id
ORDER BY due.due_at, due.position
"""
_MARK_WAITING = """
UPDATE message SET problem = $2
WHERE municipality = $1 AND state = 'queued' AND due_at <= now() AND problem IS NULL AND channel = 'letter'
    AND batch_id IS NULL AND NOT EXISTS (SELECT FROM contact
        WHERE contact.municipality = message.municipality AND contact.person_id = message.person_id
            AND contact.name IS NOT NULL AND contact.street IS NOT NULL)
"""
_PARK_INCOMPLETE = """
UPDATE message SET state = 'parked', problem = $2
WHERE municipality = $1 AND state = 'queued' AND due_at <= now() AND queued_at < now() - make_interval(days => $3)
    AND channel = 'letter' AND batch_id IS NULL AND NOT EXISTS (SELECT FROM contact
        WHERE contact.municipality = message.municipality AND contact.person_id = message.person_id
            AND contact.name IS NOT NULL AND contact.street IS NOT NULL)
RETURNING id, person_id, timezone('Europe/Amsterdam', now())::date AS parked_on
"""
_LEASE = """
UPDATE message SET attempts = message.attempts + 1, problem = NULL, due_at = now() + make_interval(secs => $2),
    subject = coalesce(words.subject, message.subject), body_text = coalesce(words.body_text, message.body_text),
    body_html = coalesce(words.body_html, message.body_html),
    draft = CASE WHEN words.subject IS NULL THEN message.draft END
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS words(id, subject, body_text, body_html)
WHERE message.municipality = $1 AND message.id = words.id
"""
_SENT = """
UPDATE message SET state = 'sent', sent_on = timezone('Europe/Amsterdam', now())::date, problem = NULL, draft = NULL,
    subject = coalesce(words.subject, message.subject), body_text = coalesce(words.body_text, message.body_text),
    body_html = coalesce(words.body_html, message.body_html)
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS words(id, subject, body_text, body_html)
WHERE message.municipality = $1 AND message.id = words.id AND message.state = 'queued' RETURNING message.id, sent_on
"""
_PARK = """
UPDATE message SET state = 'parked', problem = $3
WHERE municipality = $1 AND id = $2 AND state = 'queued' RETURNING timezone('Europe/Amsterdam', now())::date
"""
_PUT_BACK = """
UPDATE message SET problem = $3, due_at = now() + make_interval(secs => $4)
WHERE municipality = $1 AND id = $2 AND state = 'queued'
"""


@dataclass(frozen=True)
class DueMessage:
    """A message whose time has come, with the contact of the person. It has a draft, or subject, text and page.

    `today` is the Dutch day.
    """

    id: UUID
    municipality: str
    audience: Audience
    person_id: UUID
    template: str
    language: str
    channel: MessageChannel
    draft: str | None
    subject: str | None
    body_text: str | None
    body_html: str | None
    attempts: int
    queued_at: datetime
    email: str | None
    name: str | None
    today: date


_FIELDS = tuple(DueMessage.__dataclass_fields__)


async def lock_due_messages(tx: Transaction, messages_max: int) -> list[DueMessage]:
    """Lock the longest due messages and return them; another worker passes them over."""
    records = await (await tx.driver()).fetch(_DUE, tx.municipality, messages_max)
    return [_message_of(record) for record in records]


def _message_of(record: asyncpg.Record) -> DueMessage:
    values = {field: record[field] for field in _FIELDS}
    codes = {"audience": Audience(record["audience"]), "channel": MessageChannel(record["channel"])}
    return DueMessage(**values | codes)


async def lease_messages(
    tx: Transaction, texts: Sequence[tuple[UUID, MessageText | None]], lease_seconds: float
) -> None:
    """Put each next attempt behind the lease, and store what was put into words; without words the draft stays."""
    await (await tx.driver()).execute(_LEASE, tx.municipality, lease_seconds, *_columns(texts))


def _columns(texts: Sequence[tuple[UUID, MessageText | None]]) -> Iterator[list[Any]]:
    yield [message_id for message_id, _ in texts]
    for name in ("subject", "text", "html"):
        yield [getattr(text, name) if text is not None else None for _, text in texts]


async def mark_sent(tx: Transaction, texts: Sequence[tuple[UUID, MessageText | None]]) -> dict[UUID, date]:
    """Return the Dutch day on which each is marked; those are left out that another worker has marked.

    The words of a message that had a draft until now are stored with it.
    """
    records = await (await tx.driver()).fetch(_SENT, tx.municipality, *_columns(texts))
    return {record["id"]: record["sent_on"] for record in records}


async def park(tx: Transaction, message_id: UUID, problem: MessageProblem) -> date | None:
    """Return the Dutch day on which it is parked; None if another worker has settled it."""
    parked_on: date | None = await (await tx.driver()).fetchval(_PARK, tx.municipality, message_id, problem)
    return parked_on


async def read_today(tx: Transaction) -> date:
    """Return the Dutch day of this transaction, by the clock of the database."""
    today: date = await (await tx.driver()).fetchval("SELECT timezone('Europe/Amsterdam', now())::date")
    return today


async def park_incomplete(tx: Transaction, wait_days: int) -> list[asyncpg.Record]:
    """Park letters whose contact stayed incomplete for so long, and return them; mark those that still wait for it."""
    driver = await tx.driver()
    problem = MessageProblem.CONTACT_INCOMPLETE
    await driver.execute(_MARK_WAITING, tx.municipality, problem)
    return list(await driver.fetch(_PARK_INCOMPLETE, tx.municipality, problem, wait_days))


async def put_back(tx: Transaction, message_id: UUID, problem: MessageProblem, delay_seconds: float) -> None:
    """Let a message be due again after a delay."""
    await (await tx.driver()).execute(_PUT_BACK, tx.municipality, message_id, problem, delay_seconds)
