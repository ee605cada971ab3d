"""Every query of notifications. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlmodel import col

from services.notifications.delivery.port import Outgoing
from services.notifications.domain import Audience, Contact, Message, MessageState
from services.notifications.policies import policy_of
from services.notifications.tables import AccessLogRow, ContactRow, MessageRow
from shared import rows
from shared.calendar import amsterdam_date
from shared.database import Transaction
from shared.events.codes import DeliveryProblem, MessageChannel
from shared.http import Caller
from shared.identity import new_id

# Materialised, since a subquery with a limit may be carried out more than once and then claims more than its limit.
_CLAIM = text("""
WITH due AS MATERIALIZED (
    SELECT id FROM message
    WHERE municipality = :municipality AND state = 'queued' AND due_at <= now()
    ORDER BY due_at, position LIMIT :messages_max FOR UPDATE SKIP LOCKED)
UPDATE message SET attempts = attempts + 1, due_at = now() + make_interval(secs => :lease_seconds)
FROM due
WHERE message.municipality = :municipality AND message.id = due.id
RETURNING message.*, (SELECT contact.email FROM contact WHERE contact.municipality = message.municipality
                         AND contact.person_id = message.person_id) AS email,
                     (SELECT contact.name FROM contact WHERE contact.municipality = message.municipality
                         AND contact.person_id = message.person_id) AS name
""")
_DUTCH_TODAY = cast(func.timezone("Europe/Amsterdam", func.now()), Date)


@dataclass(frozen=True)
class Claimed:
    """A message that this worker may hand over until its lease ends; `attempts` counts this one too."""

    outgoing: Outgoing
    person_id: UUID
    template: str
    attempts: int


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


async def learn(tx: Transaction, told: Contact) -> None:
    """Keep what an event told of a person's language, unless staff have entered the contact themselves."""
    values = {**rows.values_of(told), "entered": False}
    statement = insert(ContactRow).values(municipality=tx.municipality, **values)
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["municipality", "person_id"],
            set_={"language": told.language},
            where=col(ContactRow.entered).is_(False),
        )
    )


async def put_contact(tx: Transaction, entered: Contact) -> None:
    values = {**rows.values_of(entered), "entered": True}
    statement = insert(ContactRow).values(municipality=tx.municipality, **values)
    await tx.session.execute(statement.on_conflict_do_update(index_elements=["municipality", "person_id"], set_=values))


async def add_message(tx: Transaction, message: Message) -> bool:
    """Queue a message; False when this fact has given rise to it before."""
    return await rows.add(tx, MessageRow, **rows.values_of(message), state=MessageState.QUEUED, attempts=0)


async def claim(tx: Transaction, messages_max: int, lease_seconds: float) -> list[Claimed]:
    """The longest due messages, leased to the caller; another worker passes them over."""
    given = {"municipality": tx.municipality, "messages_max": messages_max, "lease_seconds": lease_seconds}
    return [_claimed(row) for row in (await tx.session.execute(_CLAIM, given)).mappings()]


def _claimed(row: RowMapping) -> Claimed:
    policy = policy_of(row["municipality"], amsterdam_date(row["queued_at"]))
    to_person = row["audience"] == Audience.PERSON
    outgoing = Outgoing(
        id=row["id"],
        municipality=row["municipality"],
        channel=MessageChannel(row["channel"]),
        language=row["language"],
        sender=policy.sender_email,
        sender_name=policy.municipality_name,
        recipient=row["email"] if to_person else policy.case_manager_email,
        recipient_name=row["name"] if to_person else None,
        subject=row["subject"],
        text=row["body_text"],
        html=row["body_html"],
        queued_at=row["queued_at"],
    )
    return Claimed(outgoing, row["person_id"], row["template"], row["attempts"])


async def mark_sent(tx: Transaction, message_id: UUID) -> date | None:
    """The Dutch day on which it is marked; None when another worker has done so."""
    return await _settle(tx, message_id, state=MessageState.SENT, sent_on=_DUTCH_TODAY, problem=None)


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
