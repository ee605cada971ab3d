"""Events that are held: being retried, parked, or waiting in order behind one of those with the same topic and key.

The first held event of a key decides; all later ones of that key queue behind it, and no other key notices.
Once an event stands here its Kafka offset may move on: the row is the event's keeper. Only a person discards,
with a reason, and even then the row stays.
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
    """One held event; `payload` and `headers` are the message as it came."""

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


_HOLD = """
INSERT INTO messaging.held
    (event_id, topic, key, event_type, municipality, payload, headers, state, reason, sentence, attempts, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12))
ON CONFLICT (event_id) DO NOTHING
"""

_ANY = "SELECT EXISTS (SELECT FROM messaging.held WHERE state <> 'discarded')"

_KEYS = """
SELECT DISTINCT held.topic, held.key
FROM messaging.held JOIN unnest($1::text[], $2::text[]) AS asked(topic, key)
  ON held.topic = asked.topic AND held.key = asked.key
WHERE held.state <> 'discarded'
"""

# Headers go in and out as text: what a driver makes of jsonb depends on who opened the connection.
_COLUMNS = """position, event_id, topic, key, event_type, municipality, payload, headers::text AS headers,
    state, reason, sentence, attempts"""

_DUE_HEAD = f"""
SELECT {_COLUMNS} FROM messaging.held AS head
WHERE head.state IN ('retrying', 'waiting') AND head.due_at <= clock_timestamp()
  AND NOT EXISTS (SELECT FROM messaging.held AS earlier
                  WHERE earlier.topic = head.topic AND earlier.key = head.key
                    AND earlier.position < head.position AND earlier.state <> 'discarded')
ORDER BY head.due_at, head.position LIMIT 1
FOR UPDATE OF head SKIP LOCKED
"""  # noqa: S608 - the columns are a constant

# What comes to wait behind an event that was too early may be just what that one builds on.
_HASTEN = """
UPDATE messaging.held SET due_at = clock_timestamp()
WHERE topic = $1 AND key = $2 AND state = 'retrying' AND reason = 'not_yet_known' AND due_at > clock_timestamp()
"""

_QUEUE = f"""
SELECT {_COLUMNS} FROM messaging.held
WHERE topic = $1 AND key = $2 AND position > $3 AND state <> 'discarded'
ORDER BY position LIMIT $4 FOR UPDATE
"""  # noqa: S608 - the columns are a constant

_SET_BACK = """
UPDATE messaging.held SET state = $2, reason = $3, sentence = $4, attempts = $5,
    due_at = clock_timestamp() + make_interval(secs => $6)
WHERE position = $1
"""

_COUNTS = "SELECT state, count(*)::bigint AS events FROM messaging.held GROUP BY state"

# What is due by now was looked at: it is being worked on, or waits behind a parked one and asks for no hurry.
_NEXT_DUE_SECONDS = """
SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM messaging.held
WHERE state IN ('retrying', 'waiting') AND due_at > clock_timestamp()
"""


async def hold(connection: asyncpg.Connection, event: HeldEvent, due_in_seconds: float = 0.0) -> None:
    """Keep an event here; it is due, if its turn has come, after the given seconds.

    One that stands here already (its mark in the inbox was dropped with its month) keeps its place and its state.
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


async def hasten(connection: asyncpg.Connection, key: Key) -> None:
    """Let an event of this key that came too early be tried now: another of its key has come."""
    await connection.execute(_HASTEN, *key)


async def held_keys(connection: asyncpg.Connection, keys: Iterable[Key]) -> set[Key]:
    """Those of the given (topic, key) pairs that have an event held."""
    if not await connection.fetchval(_ANY):
        return set()
    pairs = sorted(set(keys))
    rows = await connection.fetch(_KEYS, [topic for topic, _ in pairs], [key for _, key in pairs])
    return {(row["topic"], row["key"]) for row in rows}


async def take_due_head(connection: asyncpg.Connection) -> HeldEvent | None:
    """Lock the first event of some key whose time has come; None when nothing is due that nobody else works on."""
    return _read(await connection.fetch(_DUE_HEAD))


async def take_behind(connection: asyncpg.Connection, head: HeldEvent, *, events_max: int) -> list[HeldEvent]:
    """Lock what comes next in the queue of a locked head, in order, parked or not."""
    rows = await connection.fetch(_QUEUE, head.topic, head.key, head.position, events_max)
    return [_event(dict(row)) for row in rows]


async def set_back(
    connection: asyncpg.Connection,
    event: HeldEvent,
    *,
    state: str,
    reason: HoldReason,
    sentence: str,
    attempts: int,
    due_in_seconds: float,
) -> None:
    """It did not work this time: keep it first in its queue."""
    await connection.execute(_SET_BACK, event.position, state, reason, sentence, attempts, due_in_seconds)


async def let_go(connection: asyncpg.Connection, events: Sequence[HeldEvent]) -> None:
    """These are done: the queue moves up."""
    await connection.execute(
        "DELETE FROM messaging.held WHERE position = ANY($1::bigint[])", [event.position for event in events]
    )


async def counts(connection: asyncpg.Connection) -> dict[str, int]:
    """Number of held events by state; states without events are left out."""
    return {row["state"]: row["events"] for row in await connection.fetch(_COUNTS)}


async def next_due_seconds(connection: asyncpg.Connection) -> float | None:
    """Seconds until something becomes due; None when nothing will by itself."""
    value: float | None = await connection.fetchval(_NEXT_DUE_SECONDS)
    return value


def _read(rows: Sequence[asyncpg.Record]) -> HeldEvent | None:
    return _event(dict(rows[0])) if rows else None


def _event(row: dict[str, Any]) -> HeldEvent:
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
    UPDATE messaging.held SET state = 'waiting', attempts = 0, due_at = clock_timestamp()
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


async def held_views(
    connection: asyncpg.Connection,
    *,
    states: Sequence[str] = ("parked",),
    event_id: UUID | None = None,
    reason: HoldReason | None = None,
    events_max: int = 1000,
) -> list[HeldView]:
    """The held events in these states, oldest first, with what waits behind each."""
    rows = await connection.fetch(_VIEW, list(states), event_id, reason, events_max)
    return [_view(row) for row in rows]


async def waiting_behind(connection: asyncpg.Connection, event: HeldEvent, *, events_max: int = 100) -> list[HeldEvent]:
    """The later events of the same key, in their order."""
    rows = await connection.fetch(_BEHIND, event.topic, event.key, event.position, events_max)
    return [_event(dict(row)) for row in rows]


async def release(
    connection: asyncpg.Connection,
    *,
    event_id: UUID | None = None,
    reason: HoldReason | None = None,
    actor: str,
    because: str,
) -> list[UUID]:
    """Let parked events be tried anew from now, each from its place in its queue; returns their ids.

    One event by id (also one that is being retried), or all that were parked for a reason, or all that are parked.
    """
    rows = await connection.fetch(_RELEASE, event_id, reason, actor, because)
    return [row["event_id"] for row in rows]


async def discard(connection: asyncpg.Connection, event_id: UUID, *, actor: str, because: str) -> bool:
    """Give an event up, kept with its reason; what waits behind it goes on. False when it is not held any more."""
    return bool(await connection.fetch(_DISCARD, event_id, actor, because))


async def replay(connection: asyncpg.Connection, first_position: int, *, actor: str, because: str) -> int:
    """Let the relay tell the log again from a position; returns how many facts that are."""
    facts: int = await connection.fetchval(_REPLAY, first_position, actor, because)
    return facts


def _view(row: asyncpg.Record) -> HeldView:
    fields = dict(row)
    held_at, due_at, behind = fields.pop("held_at"), fields.pop("due_at"), fields.pop("behind")
    return HeldView(_event(fields), held_at, due_at, behind)
