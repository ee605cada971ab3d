"""Messages that are not believed, held apart: under a key of their own, so that nothing waits behind them.

They are kept to be looked at, the newest of each reason and municipality, and dropped when their retention ends.
Dropping one loses nothing: the id that it claims was never marked, so an event that is right is taken when its
publisher sends it again. One that is released and fits by then is admitted: it gets the id and the key that it claims.
"""

import json
from collections.abc import Sequence

import asyncpg

from shared.messaging.held import HeldEvent

_HOLD_APART = """
INSERT INTO messaging.held (event_id, topic, key, event_type, municipality, payload, headers, state, reason, sentence,
    record_key, is_believed)
SELECT event_id, topic, key, event_type, municipality, payload, headers::jsonb, 'parked', reason, sentence, record_key,
    false
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[],
    $9::text[], $10::bytea[]) WITH ORDINALITY
    AS message(event_id, topic, key, event_type, municipality, payload, headers, reason, sentence, record_key, turn)
ORDER BY turn
ON CONFLICT (event_id) DO NOTHING
"""

_KEEP_NEWEST = """
DELETE FROM messaging.held AS old USING (
    SELECT position, row_number() OVER (PARTITION BY municipality, reason ORDER BY position DESC) AS place
    FROM messaging.held WHERE NOT is_believed AND state = 'parked'
) AS kept
WHERE old.position = kept.position AND kept.place > $1 AND NOT old.is_believed AND old.state = 'parked'
"""

_DROP_OLD = """
DELETE FROM messaging.held
WHERE held_at < now() - make_interval(days => $1)
  AND (state = 'discarded' OR (NOT is_believed AND state = 'parked'))
"""

_ADMIT = """
UPDATE messaging.held SET event_id = $2, key = $3, municipality = $4, is_believed = true, record_key = NULL,
    state = 'waiting', due_at = now()
WHERE position = $1
"""


async def hold_apart(connection: asyncpg.Connection, messages: Sequence[HeldEvent], *, newest_max: int) -> int:
    """Hold these messages and keep the newest of each municipality and reason; return how many are new.

    One that is held already, as it was delivered again, stays as it is.
    """
    columns = [
        (
            message.event_id,
            message.topic,
            message.key,
            message.event_type,
            message.municipality,
            message.payload,
            json.dumps(message.headers),
            message.reason,
            message.sentence,
            message.record_key,
        )
        for message in messages
    ]
    tag = await connection.execute(_HOLD_APART, *(list(column) for column in zip(*columns, strict=True)))
    await connection.execute(_KEEP_NEWEST, newest_max)
    return _count_rows(tag)


async def drop_old(connection: asyncpg.Connection, retention_days: int) -> int:
    """Delete what was discarded or is held apart for longer than this, and nothing else; return how many."""
    return _count_rows(await connection.execute(_DROP_OLD, retention_days))


async def admit(connection: asyncpg.Connection, held: HeldEvent, admitted: HeldEvent) -> None:
    """Give a message that is believed by now the id and key that it claims, at its position in that queue."""
    await connection.execute(_ADMIT, held.position, admitted.event_id, admitted.key, admitted.municipality)


def _count_rows(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
