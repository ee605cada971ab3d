"""Held events: being retried, parked, or waiting in order behind one of those with the same topic and key.

The first held event of a key blocks all later events of that key, and no other key. Once an event is held its Kafka
offset may be committed: the row stores the message. Only a person discards an event, with a reason, and the row stays
until its retention ends. Messages that are not believed are held apart (`apart`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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


_HOLD = """
INSERT INTO messaging.held
    (event_id, topic, key, event_type, municipality, payload, headers, state, reason, sentence, attempts, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12))
ON CONFLICT (event_id) DO NOTHING
"""

_ANY = "SELECT EXISTS (SELECT FROM messaging.held WHERE is_believed AND state <> 'discarded')"

_KEYS = """
SELECT DISTINCT held.topic, held.key
FROM messaging.held JOIN unnest($1::text[], $2::text[]) AS asked(topic, key)
  ON held.topic = asked.topic AND held.key = asked.key
WHERE held.is_believed AND held.state <> 'discarded'
"""

# Headers go in and out as text: how a driver decodes jsonb depends on who opened the connection.
_COLUMNS = """position, event_id, topic, key, event_type, municipality, payload, headers::text AS headers,
    state, reason, sentence, attempts, record_key, is_believed"""

_DUE_HEAD = f"""
SELECT {_COLUMNS} FROM messaging.held AS head
WHERE head.state IN ('retrying', 'waiting') AND head.due_at <= clock_timestamp()
  AND NOT EXISTS (SELECT FROM messaging.held AS earlier
                  WHERE earlier.topic = head.topic AND earlier.key = head.key
                    AND earlier.position < head.position AND earlier.state <> 'discarded')
ORDER BY head.due_at, head.position LIMIT 1
FOR UPDATE OF head SKIP LOCKED
"""  # noqa: S608 - the columns are a constant

# An event that comes to wait behind one that was too early may be the very event that one depends on.
_MAKE_DUE = """
UPDATE messaging.held SET due_at = clock_timestamp()
WHERE topic = $1 AND key = $2 AND state = 'retrying' AND reason = 'not_yet_known' AND due_at > clock_timestamp()
"""

_QUEUE = f"""
SELECT {_COLUMNS} FROM messaging.held
WHERE topic = $1 AND key = $2 AND position > $3 AND state <> 'discarded'
ORDER BY position LIMIT $4 FOR UPDATE
"""  # noqa: S608 - the columns are a constant

_REQUEUE = """
UPDATE messaging.held SET state = $2, reason = $3, sentence = $4, attempts = $5,
    due_at = clock_timestamp() + make_interval(secs => $6)
WHERE position = $1
"""

# What is due by now needs no timer: it is being retried, or waits behind a parked event.
_SECONDS_UNTIL_DUE = """
SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM messaging.held
WHERE state IN ('retrying', 'waiting') AND due_at > clock_timestamp()
"""


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
    await connection.execute(_MAKE_DUE, *key)


async def list_held_keys(connection: asyncpg.Connection, keys: Iterable[Key]) -> set[Key]:
    """Return those of the given (topic, key) pairs for which an event is held."""
    if not await connection.fetchval(_ANY):
        return set()
    pairs = sorted(set(keys))
    rows = await connection.fetch(_KEYS, [topic for topic, _ in pairs], [key for _, key in pairs])
    return {(row["topic"], row["key"]) for row in rows}


async def lock_due_head(connection: asyncpg.Connection) -> HeldEvent | None:
    """Lock and return the head of a queue that is due; None if none is due that no other process has locked."""
    return _first_event(await connection.fetch(_DUE_HEAD))


async def lock_queue_behind(connection: asyncpg.Connection, head: HeldEvent, *, events_max: int) -> list[HeldEvent]:
    """Lock and return the events behind a locked head, in order, parked or not."""
    rows = await connection.fetch(_QUEUE, head.topic, head.key, head.position, events_max)
    return [_to_event(dict(row)) for row in rows]


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
    await connection.execute(_REQUEUE, event.position, state, reason, sentence, attempts, due_in_seconds)


async def delete_done(connection: asyncpg.Connection, events: Sequence[HeldEvent]) -> None:
    """Delete events that are done, so that their queue moves up."""
    await connection.execute(
        "DELETE FROM messaging.held WHERE position = ANY($1::bigint[])", [event.position for event in events]
    )


async def fetch_seconds_until_due(connection: asyncpg.Connection) -> float | None:
    """Return the seconds until an event becomes due; None if none will by itself."""
    value: float | None = await connection.fetchval(_SECONDS_UNTIL_DUE)
    return value


def _first_event(rows: Sequence[asyncpg.Record]) -> HeldEvent | None:
    return _to_event(dict(rows[0])) if rows else None


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

_RELEASE = """
WITH freed AS (
    UPDATE messaging.held SET state = 'waiting', attempts = 0, due_at = now()
    WHERE state IN ('parked', 'retrying') AND ($1::uuid IS NULL OR event_id = $1) AND ($2::text IS NULL OR reason = $2)
      AND (state = 'parked' OR $1::uuid IS NOT NULL)
    RETURNING event_id
)
INSERT INTO messaging.held_audit (action, event_id, actor, reason)
SELECT 'released', freed.event_id, $3, $4 FROM freed RETURNING event_id
"""

_DISCARD = """
WITH dropped AS (
    UPDATE messaging.held SET state = 'discarded' WHERE event_id = $1 AND state <> 'discarded' RETURNING event_id
)
INSERT INTO messaging.held_audit (action, event_id, actor, reason)
SELECT 'discarded', dropped.event_id, $2, $3 FROM dropped RETURNING event_id
"""

_REPLAY = """
WITH told AS (SELECT messaging.replay_from($1) AS facts), noted AS (
    INSERT INTO messaging.held_audit (action, actor, reason) VALUES ('replayed', $2, $3)
)
SELECT facts FROM told
"""


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
    rows = await connection.fetch(_RELEASE, event_id, reason, actor, because)
    return [row["event_id"] for row in rows]


async def discard(connection: asyncpg.Connection, event_id: UUID, *, actor: str, because: str) -> bool:
    """Discard an event, stored with the reason; the events behind it go on. Return False if it is not held."""
    return bool(await connection.fetch(_DISCARD, event_id, actor, because))


async def replay(connection: asyncpg.Connection, first_position: int, *, actor: str, because: str) -> int:
    """Let the relay publish the outbox again from a position; return how many events those are."""
    facts: int = await connection.fetchval(_REPLAY, first_position, actor, because)
    return facts


def _to_view(row: asyncpg.Record) -> HeldView:
    fields = dict(row)
    held_at, due_at, behind = fields.pop("held_at"), fields.pop("due_at"), fields.pop("behind")
    return HeldView(_to_event(fields), held_at, due_at, behind)
