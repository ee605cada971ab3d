"""Held events: being retried, parked, or waiting in order behind one of those with the same topic and key.

The first held event of a key blocks all later events of that key, and no other key. Once an event is held its Kafka
offset may be committed: the row stores the message. Only a person discards an event, with a reason, and the row stays
until its retention ends. Messages that are not believed are held apart (`apart`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

import asyncpg

from shared.messaging.outcome import HoldReason

Key = tuple[str, str]


@dataclass(frozen=True)
class HeldEvent:
    """One held event; `payload` and `headers` are those of the message."""

    event_id: UUID
    topic: str
    key: str
    event_type: str
    municipality: str | None
    payload: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    state: str = "waiting"
    reason: HoldReason | None = None
    sentence: str = ""
    attempts: int = 0
    position: int = 0
    record_key: bytes | None = None
    is_believed: bool = True


# What the service does goes through functions with the rights of the tables' owner (see `shared.messaging.roles`).
# Headers go in and out as text: how a driver decodes jsonb depends on who opened the connection.
_HOLD = "SELECT messaging.hold($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, $12)"
_COLUMNS = """position, event_id, topic, key, event_type, municipality, payload, headers::text AS headers,
    state, reason, sentence, attempts, record_key, is_believed"""
_QUEUE = f"SELECT {_COLUMNS} FROM messaging.lock_queue($1, $2) ORDER BY position"  # noqa: S608 - columns are a constant


async def hold(connection: asyncpg.Connection, event: HeldEvent, due_in_seconds: float = 0.0) -> None:
    """Store an event as held; once it is the head of its queue it is due after the given seconds.

    One that is held already (its mark in the inbox was dropped with its month) keeps its position and its state.
    """
    await connection.execute(
        _HOLD,
        event.event_id,
        event.topic,
        event.key,
        event.event_type,
        event.municipality,
        event.payload,
        json.dumps(event.headers),
        event.state,
        event.reason,
        event.sentence,
        event.attempts,
        due_in_seconds,
    )


async def make_due(connection: asyncpg.Connection, key: Key) -> None:
    """Make an event of this key that came too early due now, as another event of its key has come."""
    await connection.execute("SELECT messaging.make_due($1, $2)", *key)


async def list_held_keys(connection: asyncpg.Connection, keys: Iterable[Key]) -> set[Key]:
    """Return those of the given (topic, key) pairs for which an event is held."""
    if not await connection.fetchval("SELECT messaging.is_any_held()"):
        return set()
    pairs = sorted(set(keys))
    topics, persons = [topic for topic, _ in pairs], [key for _, key in pairs]
    rows = await connection.fetch("SELECT topic, key FROM messaging.held_keys($1, $2)", topics, persons)
    return {(row["topic"], row["key"]) for row in rows}


async def lock_due_head(connection: asyncpg.Connection) -> tuple[int, str] | None:
    """Lock the head of a queue that is due; return its position and its municipality, which may be "".

    None if none is due that no other process has locked.
    """
    row = await connection.fetchrow("SELECT position, municipality FROM messaging.lock_due_head()")
    return (row["position"], row["municipality"] or "") if row else None


async def lock_queue(connection: asyncpg.Connection, head_position: int, *, events_max: int) -> list[HeldEvent]:
    """Lock and return a locked head and the events behind it, in order, parked or not.

    The transaction is one of the head's municipality; the list ends before an event of another one.
    """
    rows = await connection.fetch(_QUEUE, head_position, events_max)
    return [_to_event(dict(row)) for row in takewhile(lambda row: row["municipality"] == rows[0]["municipality"], rows)]


async def requeue(
    connection: asyncpg.Connection,
    event: HeldEvent,
    *,
    state: str,
    reason: HoldReason,
    sentence: str,
    attempts: int,
    due_in_seconds: float,
) -> None:
    """Update an event that is not done; it stays the head of its queue."""
    await connection.execute(
        "SELECT messaging.requeue($1, $2, $3, $4, $5, $6)",
        *(event.position, state, reason, sentence, attempts, due_in_seconds),
    )


async def delete_done(connection: asyncpg.Connection, events: Sequence[HeldEvent]) -> None:
    """Delete events that are done, so that their queue moves up."""
    await connection.execute("SELECT messaging.delete_done($1)", [event.position for event in events])


async def fetch_seconds_until_due(connection: asyncpg.Connection) -> float | None:
    """Return the seconds until an event becomes due; None if none will by itself."""
    value: float | None = await connection.fetchval("SELECT messaging.seconds_until_due()")
    return value


def _to_event(row: dict[str, Any]) -> HeldEvent:
    row["headers"] = json.loads(row["headers"])
    row["reason"] = HoldReason(row["reason"]) if row["reason"] else None
    row["sentence"] = row["sentence"] or ""
    return HeldEvent(**row)


@dataclass(frozen=True)
class HeldView:
    """A held event as an operator sees it; `behind` later events of its key wait for it."""

    event: HeldEvent
    held_at: datetime
    due_at: datetime
    behind: int


_VIEW = f"""
SELECT {_COLUMNS}, held_at, due_at,
    (SELECT count(*) FROM messaging.held AS later
     WHERE later.topic = held.topic AND later.key = held.key AND later.position > held.position
       AND later.state <> 'discarded')::bigint AS behind
FROM messaging.held
WHERE state = ANY($1::text[]) AND ($2::uuid IS NULL OR event_id = $2) AND ($3::text IS NULL OR reason = $3)
ORDER BY position LIMIT $4
"""  # noqa: S608 - the columns are a constant

_BEHIND = f"""
SELECT {_COLUMNS} FROM messaging.held
WHERE topic = $1 AND key = $2 AND position > $3 AND state <> 'discarded' ORDER BY position LIMIT $4
"""  # noqa: S608 - the columns are a constant


async def list_held(
    connection: asyncpg.Connection,
    *,
    states: Sequence[str] = ("parked",),
    event_id: UUID | None = None,
    reason: HoldReason | None = None,
    events_max: int = 1000,
) -> list[HeldView]:
    """Return the held events in these states, oldest first, with the number of events that wait behind each."""
    rows = await connection.fetch(_VIEW, list(states), event_id, reason, events_max)
    return [_to_view(row) for row in rows]


async def list_waiting_behind(
    connection: asyncpg.Connection, event: HeldEvent, *, events_max: int = 100
) -> list[HeldEvent]:
    """Return the later events of the same key, in their order."""
    rows = await connection.fetch(_BEHIND, event.topic, event.key, event.position, events_max)
    return [_to_event(dict(row)) for row in rows]


async def release(
    connection: asyncpg.Connection,
    *,
    event_id: UUID | None = None,
    reason: HoldReason | None = None,
    actor: str,
    because: str,
) -> list[UUID]:
    """Make parked events due now, each at its position in its queue; return their ids.

    One event by id (also one that is being retried), or all that are parked for a reason, or all that are parked.
    """
    rows = await connection.fetch(
        "SELECT event_id FROM messaging.release($1, $2, $3, $4) AS event_id", event_id, reason, actor, because
    )
    return [row["event_id"] for row in rows]


async def discard(connection: asyncpg.Connection, event_id: UUID, *, actor: str, because: str) -> bool:
    """Discard an event, stored with the reason; the events behind it go on. Return False if it is not held."""
    return bool(await connection.fetch("SELECT messaging.discard($1, $2, $3)", event_id, actor, because))


async def replay(connection: asyncpg.Connection, first_position: int, *, actor: str, because: str) -> int:
    """Let the relay publish the outbox again from a position; return how many events those are."""
    facts: int = await connection.fetchval("SELECT messaging.replay($1, $2, $3)", first_position, actor, because)
    return facts


def _to_view(row: asyncpg.Record) -> HeldView:
    fields = dict(row)
    held_at, due_at, behind = fields.pop("held_at"), fields.pop("due_at"), fields.pop("behind")
    return HeldView(_to_event(fields), held_at, due_at, behind)
