"""Queries of printing: a batch is opened over the letters that are due, made under a lease, and marked as sent.

Every statement names the municipality, beside row-level security: they are written for the driver.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from services.notifications.contacts.rules import PostalAddress
from services.notifications.messages.rules.messages import MessageProblem, MessageText
from services.notifications.printing.rules import Batch, BatchState, number_letters
from shared.database.transactions import Transaction
from shared.identity import new_id

_ADDRESS = ("street", "house_number", "postcode", "town", "house_number_addition", "care_of")
_CLOCK = "SELECT timezone('Europe/Amsterdam', now())"
_IS_OPENED = "SELECT EXISTS (SELECT FROM print_batch WHERE municipality = $1 AND day = $2)"
_HAS_DUE = """
SELECT EXISTS (SELECT FROM message
    JOIN contact ON contact.municipality = message.municipality AND contact.person_id = message.person_id
    WHERE message.municipality = $1 AND message.state = 'queued' AND message.channel = 'letter'
        AND message.batch_id IS NULL AND message.due_at <= now()
        AND contact.name IS NOT NULL AND contact.street IS NOT NULL)
"""
_OPEN = """
INSERT INTO print_batch (municipality, id, day, number, state, attempts, leased_until)
SELECT $1, $2, $3, CASE WHEN $4 THEN 1 ELSE coalesce(max(number), 0) + 1 END, 'open', 0, now()
FROM print_batch WHERE municipality = $1 AND day = $3
ON CONFLICT DO NOTHING RETURNING id
"""
# Read, numbered and then updated by their keys: as one statement the planner, which knows nothing of rows that are new,
# may compare every message with every other.
_DUE = """
SELECT message.id, message.person_id FROM message
JOIN contact ON contact.municipality = message.municipality AND contact.person_id = message.person_id
WHERE message.municipality = $1 AND message.state = 'queued' AND message.channel = 'letter'
    AND message.batch_id IS NULL AND message.due_at <= now()
    AND contact.name IS NOT NULL AND contact.street IS NOT NULL
ORDER BY message.position FOR UPDATE OF message SKIP LOCKED
"""
_FILL = """
UPDATE message SET batch_id = $2, letter_number = letter.number, attempts = message.attempts + 1, problem = NULL
FROM unnest($3::uuid[], $4::integer[]) AS letter(id, number)
WHERE message.municipality = $1 AND message.id = letter.id
"""
_CLAIM = """
UPDATE print_batch SET attempts = attempts + 1, leased_until = now() + make_interval(secs => $2)
WHERE municipality = $1 AND id = (
    SELECT id FROM print_batch WHERE municipality = $1 AND state IN ('open', 'made') AND leased_until <= now()
    ORDER BY day, number LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, municipality, day, number, state, attempts
"""
_EXTEND = """
UPDATE print_batch SET leased_until = now() + make_interval(secs => $4)
WHERE municipality = $1 AND id = $2 AND attempts = $3 RETURNING id
"""
_SET_STATE = """
UPDATE print_batch SET state = $4, letters = coalesce($5, letters)
WHERE municipality = $1 AND id = $2 AND attempts = $3 RETURNING id
"""
_NUMBERS = "SELECT DISTINCT letter_number FROM message WHERE municipality = $1 AND batch_id = $2 AND state = 'queued'"
_MESSAGES = """
SELECT message.id, message.person_id, message.template, message.language, message.draft, message.body_html,
    message.letter_number, contact.name, contact.street, contact.house_number, contact.house_number_addition,
    contact.postcode, contact.town, contact.care_of
FROM message JOIN contact ON contact.municipality = message.municipality AND contact.person_id = message.person_id
WHERE message.municipality = $1 AND message.batch_id = $2 AND message.letter_number BETWEEN $3 AND $4
    AND message.state = 'queued'
ORDER BY message.letter_number, message.position
"""
_WORD = """
UPDATE message SET subject = words.subject, body_text = words.body_text, body_html = words.body_html
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS words(id, subject, body_text, body_html)
WHERE message.municipality = $1 AND message.batch_id = $2 AND message.id = words.id AND message.state = 'queued'
"""
_TAKE_OUT = """
UPDATE message SET batch_id = NULL, letter_number = NULL, problem = $3, due_at = now(),
    state = CASE WHEN $4 THEN 'parked' ELSE state END
WHERE municipality = $1 AND id = ANY($2::uuid[]) AND state = 'queued' RETURNING id, person_id
"""
_DISSOLVE = """
UPDATE message SET batch_id = NULL, letter_number = NULL WHERE municipality = $1 AND batch_id = $2 AND state = 'queued'
"""
_SENT = """
UPDATE message SET state = 'sent', sent_on = $3, draft = NULL, problem = NULL,
    reference = $4 || lpad(letter_number::text, 5, '0')
WHERE municipality = $1 AND batch_id = $2 AND state = 'queued' AND letter_number BETWEEN $5 AND $6
RETURNING id, person_id, template, language
"""


@dataclass(frozen=True)
class LetterMessage:
    """A message of a batch with its reader. It has a draft, or a page of an earlier version."""

    id: UUID
    person_id: UUID
    template: str
    language: str
    draft: str | None
    html: str | None
    letter_number: int
    name: str | None
    address: PostalAddress | None


async def read_clock(tx: Transaction) -> Any:
    """Return the Dutch day and time of this transaction, by the clock of the database."""
    return await (await tx.driver()).fetchval(_CLOCK)


async def is_opened(tx: Transaction, day: date) -> bool:
    """Return whether there is a batch of this day."""
    opened: bool = await (await tx.driver()).fetchval(_IS_OPENED, tx.municipality, day)
    return opened


async def has_due_letters(tx: Transaction) -> bool:
    """Return whether a letter is due that can be addressed."""
    due: bool = await (await tx.driver()).fetchval(_HAS_DUE, tx.municipality)
    return due


async def open_batch(tx: Transaction, day: date, *, is_daily: bool) -> bool:
    """Open a batch over all letters that are due; return False if another process has opened it."""
    driver, batch_id = await tx.driver(), new_id()
    if await driver.fetchval(_OPEN, tx.municipality, batch_id, day, is_daily) is None:
        return False
    due = await driver.fetch(_DUE, tx.municipality)
    numbers = number_letters([record["person_id"] for record in due])
    await driver.execute(_FILL, tx.municipality, batch_id, [record["id"] for record in due], numbers)
    return True


async def claim_batch(tx: Transaction, lease_seconds: float) -> Batch | None:
    """Return the oldest batch that is to be made or marked, leased to the caller."""
    record = await (await tx.driver()).fetchrow(_CLAIM, tx.municipality, lease_seconds)
    return None if record is None else Batch(**dict(record) | {"state": BatchState(record["state"])})


async def extend_lease(tx: Transaction, batch: Batch, lease_seconds: float) -> bool:
    """Extend the lease; return False if another worker has the batch by now."""
    arguments = tx.municipality, batch.id, batch.attempts, lease_seconds
    return await (await tx.driver()).fetchval(_EXTEND, *arguments) is not None


async def set_state(tx: Transaction, batch: Batch, state: BatchState, letters: int | None = None) -> bool:
    """Move a batch on; return False if another worker has it by now."""
    arguments = tx.municipality, batch.id, batch.attempts, state, letters
    return await (await tx.driver()).fetchval(_SET_STATE, *arguments) is not None


async def list_letter_numbers(tx: Transaction, batch: Batch) -> list[int]:
    """Return the numbers of the letters that are not marked as sent."""
    return [record[0] for record in await (await tx.driver()).fetch(_NUMBERS, tx.municipality, batch.id)]


async def list_messages(tx: Transaction, batch: Batch, first: int, last: int) -> list[LetterMessage]:
    """Return the messages of these letters, in the order in which they are read."""
    records = await (await tx.driver()).fetch(_MESSAGES, tx.municipality, batch.id, first, last)
    return [_message_of(record) for record in records]


def _message_of(record: asyncpg.Record) -> LetterMessage:
    address = PostalAddress(**{name: record[name] for name in _ADDRESS}) if record["street"] else None
    names = ("id", "person_id", "template", "language", "draft", "letter_number", "name")
    return LetterMessage(**{name: record[name] for name in names}, html=record["body_html"], address=address)


async def store_words(tx: Transaction, batch: Batch, texts: Sequence[tuple[UUID, MessageText]]) -> None:
    """Store what letters say; their drafts stay until they are sent, as a later batch has another day."""
    columns = ([getattr(text, name) for _, text in texts] for name in ("subject", "text", "html"))
    ids = [message_id for message_id, _ in texts]
    await (await tx.driver()).execute(_WORD, tx.municipality, batch.id, ids, *columns)


async def take_out(
    tx: Transaction, message_ids: Sequence[UUID], problem: MessageProblem, *, is_parked: bool
) -> list[asyncpg.Record]:
    """Take messages out of their batch, to wait or to be parked, and return them."""
    return list(await (await tx.driver()).fetch(_TAKE_OUT, tx.municipality, message_ids, problem, is_parked))


async def dissolve(tx: Transaction, batch: Batch) -> None:
    """Give the letters of a batch back, to leave with a later one."""
    if await set_state(tx, batch, BatchState.DISSOLVED):
        await (await tx.driver()).execute(_DISSOLVE, tx.municipality, batch.id)


async def mark_sent(tx: Transaction, batch: Batch, first: int, last: int) -> list[asyncpg.Record]:
    """Mark these letters as sent on the day of the batch; return the messages that were not marked before."""
    prefix = batch.reference(0).rpartition("-")[0] + "-"
    arguments = tx.municipality, batch.id, batch.day, prefix, first, last
    return list(await (await tx.driver()).fetch(_SENT, *arguments))
