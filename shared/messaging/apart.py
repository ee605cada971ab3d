"""Messages that are not believed, held apart: under a key of their own, so that nothing waits behind them.

They are kept to be looked at, the newest of each reason and municipality, and dropped when their retention ends.
Dropping one loses nothing: the id that it claims was never marked, so an event that is right is taken when its
publisher sends it again. One that is released and fits by then is admitted: it gets the id and the key that it claims.
"""

import json
from collections.abc import Sequence

import asyncpg

from shared.messaging.held import HeldEvent

_HOLD_APART = "SELECT messaging.hold_apart($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"


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
    held_count: int = await connection.fetchval(
        _HOLD_APART, *(list(column) for column in zip(*columns, strict=True)), newest_max
    )
    return held_count


async def drop_old(connection: asyncpg.Connection, retention_days: int) -> int:
    """Delete what was discarded or is held apart for longer than this, and nothing else; return how many."""
    dropped: int = await connection.fetchval("SELECT messaging.drop_old_held($1)", retention_days)
    return dropped


async def admit(connection: asyncpg.Connection, held: HeldEvent, admitted: HeldEvent) -> None:
    """Give a message that is believed by now the id and key that it claims, at its position in that queue."""
    await connection.execute(
        "SELECT messaging.admit($1, $2, $3, $4)",
        *(held.position, admitted.event_id, admitted.key, admitted.municipality),
    )
