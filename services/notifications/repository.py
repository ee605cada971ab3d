"""Every query of notifications. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import ColumnElement, Date, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.notifications.delivery.port import Outgoing
from services.notifications.domain import Audience, Contact, Message, MessageState
from services.notifications.policies import policy_in_force
from services.notifications.rendering import rendered
from services.notifications.tables import AccessLogRow, ContactRow, MessageRow
from services.notifications.templates import Rendered
from shared.calendar import amsterdam_date
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.http.requests import Caller
from shared.identity import new_id

# Materialised, since a subquery with a limit may be carried out more than once and then claims more than its limit.
_DUE = """
WITH due AS MATERIALIZED (
    SELECT * FROM message
    WHERE municipality = $1 AND state = 'queued' AND due_at <= now()
    ORDER BY due_at, position LIMIT $2 FOR UPDATE SKIP LOCKED)
SELECT due.*, contact.email, contact.name
FROM due LEFT JOIN contact ON contact.municipality = due.municipality AND contact.person_id = due.person_id
ORDER BY due.due_at, due.position
"""
_LEASE = """
UPDATE message SET attempts = message.attempts + 1, due_at = now() + make_interval(secs => $2),
    subject = coalesce(words.subject, message.subject), body_text = coalesce(words.body_text, message.body_text),
    body_html = coalesce(words.body_html, message.body_html),
    draft = CASE WHEN words.subject IS NULL THEN message.draft END
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) AS words(id, subject, body_text, body_html)
WHERE message.municipality = $1 AND message.id = words.id
"""
_LEARN = """
INSERT INTO contact (municipality, person_id, language, channel, entered)
SELECT $1, person_id, language, $4, false
FROM unnest($2::uuid[], $3::text[]) AS told(person_id, language) ORDER BY person_id
ON CONFLICT (municipality, person_id) DO UPDATE SET language = EXCLUDED.language WHERE NOT contact.entered
"""
_CONTACTS = """
SELECT person_id, language, channel, name, email FROM contact WHERE municipality = $1 AND person_id = ANY($2::uuid[])
"""
_ADD = """
WITH added AS (
    INSERT INTO message
        (municipality, id, event_id, audience, person_id, template, language, channel, draft, state, attempts)
    SELECT $1, id, event_id, audience, person_id, template, language, channel, draft, 'queued', 0
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[])
        WITH ORDINALITY AS told(id, event_id, audience, person_id, template, language, channel, draft, turn)
    ORDER BY turn
    ON CONFLICT DO NOTHING RETURNING template, language)
SELECT template, language, count(*)::int AS messages FROM added GROUP BY template, language
"""
_SENT = """
UPDATE message SET state = 'sent', sent_on = timezone('Europe/Amsterdam', now())::date, problem = NULL
WHERE municipality = $1 AND id = ANY($2::uuid[]) AND state = 'queued' RETURNING id, sent_on
"""
_log = structlog.get_logger("meedoen.delivery")
_DUTCH_TODAY = cast(func.timezone("Europe/Amsterdam", func.now()), Date)


@dataclass(frozen=True)
class Claimed:
    """A message that this worker may hand over until its lease ends; `attempts` counts this one too."""

    outgoing: Outgoing
    person_id: UUID
    template: str
    attempts: int
    is_in_words: bool = True


@dataclass(frozen=True)
class MessageTotals:
    """How many messages a municipality has, by what they are."""

    total: int
    by_language: Mapping[str, int]
    by_template: Mapping[str, int]
    by_state: Mapping[str, int]
    by_channel: Mapping[str, int]


async def contact(tx: Transaction, person_id: UUID) -> Contact | None:
    row = await rows.find(tx, ContactRow, person_id)
    return None if row is None else rows.state_of(Contact, row)


async def contacts(tx: Transaction, person_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """The contacts of those who are known."""
    found = await (await tx.driver()).fetch(_CONTACTS, tx.municipality, sorted(person_ids, key=attrgetter("int")))
    return {
        row["person_id"]: Contact(
            row["person_id"], row["language"], MessageChannel(row["channel"]), row["name"], row["email"]
        )
        for row in found
    }


async def learn(tx: Transaction, told: Iterable[Contact]) -> None:
    """Keep what events told of people's languages, the last of each, unless staff have entered the contact."""
    if languages := {one.person_id: one.language for one in told}:
        arrays = list(languages), list(languages.values())
        await (await tx.driver()).execute(_LEARN, tx.municipality, *arrays, MessageChannel.LETTER)


async def put_contact(tx: Transaction, entered: Contact) -> None:
    values = {**rows.values_of(entered), "entered": True}
    statement = insert(ContactRow).values(municipality=tx.municipality, **values)
    await tx.session.execute(statement.on_conflict_do_update(index_elements=["municipality", "person_id"], set_=values))


async def add_messages(tx: Transaction, messages: Sequence[Message]) -> dict[tuple[str, str], int]:
    """Queue messages in their order; how many were new, by template and language. A fact heard before adds none."""
    names = ("id", "event_id", "audience", "person_id", "template", "language", "channel", "draft")
    arrays = ([getattr(one, name) for one in messages] for name in names)
    found = await (await tx.driver()).fetch(_ADD, tx.municipality, *arrays)
    return {(row["template"], row["language"]): row["messages"] for row in found}


async def claim(tx: Transaction, messages_max: int, lease_seconds: float) -> list[Claimed]:
    """The longest due messages in words, leased to the caller; another worker passes them over."""
    driver = await tx.driver()
    claimed = [_claimed(row) for row in await driver.fetch(_DUE, tx.municipality, messages_max)]
    if claimed:
        words = (
            [getattr(one.outgoing, name) if one.is_in_words else None for one in claimed]
            for name in ("subject", "text", "html")
        )
        await driver.execute(_LEASE, tx.municipality, lease_seconds, [one.outgoing.id for one in claimed], *words)
    return claimed


def _claimed(row: asyncpg.Record) -> Claimed:
    policy = policy_in_force(row["municipality"], amsterdam_date(row["queued_at"]))
    to_person = row["audience"] == Audience.PERSON
    words = _words_of(row)
    outgoing = Outgoing(
        id=row["id"],
        municipality=row["municipality"],
        channel=MessageChannel(row["channel"]),
        language=row["language"],
        sender=policy.sender_email,
        sender_name=policy.municipality_name,
        recipient=row["email"] if to_person else policy.case_manager_email,
        recipient_name=row["name"] if to_person else None,
        subject=words.subject if words else "",
        text=words.text if words else "",
        html=words.html if words else "",
        queued_at=row["queued_at"],
    )
    return Claimed(outgoing, row["person_id"], row["template"], row["attempts"] + 1, words is not None)


def _words_of(row: asyncpg.Record) -> Rendered | None:
    """What the message says; None for a draft that can not be put into words: that delivery fails, and no other."""
    if row["draft"] is None:
        return Rendered(row["language"], row["subject"], row["body_text"], row["body_html"])
    try:
        return rendered(row["template"], row["municipality"], row["name"], row["draft"])
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with one draft must not stop the others
        _log.error("draft_not_rendered", cause=type(problem).__name__, message_id=str(row["id"]))
        return None


async def mark_sent(tx: Transaction, message_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The Dutch day on which each is marked; those are left out that another worker has marked."""
    return {row["id"]: row["sent_on"] for row in await (await tx.driver()).fetch(_SENT, tx.municipality, message_ids)}


async def park(tx: Transaction, message_id: UUID, problem: DeliveryProblem) -> date | None:
    """The Dutch day on which it is set aside; None when another worker has settled it."""
    return await _settle(tx, message_id, state=MessageState.PARKED, problem=problem)


async def put_back(tx: Transaction, message_id: UUID, problem: DeliveryProblem, delay_seconds: float) -> None:
    due_at = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, delay_seconds)
    await _settle(tx, message_id, problem=problem, due_at=due_at)


async def _settle(tx: Transaction, message_id: UUID, **values: Any) -> date | None:
    statement = update(MessageRow).where(_is(tx, message_id), col(MessageRow.state) == MessageState.QUEUED)
    settled = await tx.session.execute(
        statement.values(**values).returning(_DUTCH_TODAY).execution_options(synchronize_session=False)
    )
    return settled.scalar_one_or_none()


async def release(tx: Transaction, message_id: UUID, channel: MessageChannel) -> None:
    """Let a parked message go out again, by the channel that the person has now."""
    values = {"state": MessageState.QUEUED, "channel": channel, "problem": None, "attempts": 0, "due_at": func.now()}
    statement = update(MessageRow).where(_is(tx, message_id)).values(**values)
    await tx.session.execute(statement.execution_options(synchronize_session=False))


def _is(tx: Transaction, message_id: UUID) -> ColumnElement[bool]:
    return (col(MessageRow.municipality) == tx.municipality) & (col(MessageRow.id) == message_id)


async def message(tx: Transaction, message_id: UUID, *, lock: bool = False) -> MessageRow | None:
    return await rows.find(tx, MessageRow, message_id, lock=lock)


async def messages(
    tx: Transaction, person_id: UUID | None, state: MessageState | None, *, after: UUID | None, limit: int
) -> tuple[Sequence[MessageRow], UUID | None]:
    """Messages by id, and the id to go on after."""
    query = select(MessageRow).order_by(col(MessageRow.id)).limit(limit + 1)
    wanted = ((MessageRow.person_id, person_id), (MessageRow.state, state))
    query = query.where(*(col(column) == value for column, value in wanted if value is not None))
    if after is not None:
        query = query.where(col(MessageRow.id) > after)
    found = (await tx.session.execute(query)).scalars().all()
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def totals(tx: Transaction) -> MessageTotals:
    """Counted from the messages themselves, in one reading."""
    names = ("language", "template", "state", "channel")
    columns = [getattr(MessageRow, name) for name in names]
    found = (await tx.session.execute(select(*columns, func.count()).group_by(*columns))).all()
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for *values, count in found:
        for name, value in zip(names, values, strict=True):
            counts[name][value] = counts[name].get(value, 0) + count
    return MessageTotals(
        total=sum(row[-1] for row in found), **{f"by_{name}": dict(sorted(of.items())) for name, of in counts.items()}
    )


async def log_reading(tx: Transaction, reader: Caller, person_id: UUID) -> None:
    """Every reading of a person's file leaves a line; the database says when."""
    roles = sorted(reader.roles)
    await rows.add(tx, AccessLogRow, id=new_id(), person_id=person_id, subject=reader.subject, roles=roles)
