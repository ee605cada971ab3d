"""The outbox: events appended to the log of the service, in the transaction that changes its state.

One row is one insert; no row is ever updated or deleted. A statement trigger wakes the relay at the commit.
"""

from collections.abc import Sequence

import asyncpg

from shared.events.envelope import WrittenEvent

# For a statement that builds many events of one form itself, in the order in which it selects them.
INTO = "INSERT INTO messaging.outbox (event_id, topic, key, trace, payload)"
_APPEND = f"""
{INTO}
SELECT event_id, topic, key, trace, payload
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[]) WITH ORDINALITY
    AS fact(event_id, topic, key, trace, payload, turn)
ORDER BY turn
"""  # noqa: S608 - our own text


async def append(connection: asyncpg.Connection, facts: Sequence[WrittenEvent]) -> None:
    """Append events in their order; each keeps the W3C traceparent of the step that published it, sent as a header."""
    await connection.execute(
        _APPEND,
        [fact.event_id for fact in facts],
        [fact.topic for fact in facts],
        [fact.key for fact in facts],
        [fact.trace for fact in facts],
        [fact.payload for fact in facts],
    )
