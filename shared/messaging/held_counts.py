"""How many events are held, and the most that may be: for metrics, status, and the bound per municipality."""

from collections.abc import Iterable

import asyncpg

_COUNT_BY_STATE = "SELECT state, count(*)::bigint AS events FROM messaging.held GROUP BY state"
_COUNT_PARKED_BY_REASON = """
SELECT reason, count(*)::bigint AS events FROM messaging.held WHERE state = 'parked' AND reason IS NOT NULL
GROUP BY reason
"""
_COUNT_OF_FULLEST = """
SELECT coalesce(max(events), 0)::bigint FROM (
    SELECT count(*) AS events FROM messaging.held WHERE is_believed AND state <> 'discarded' GROUP BY municipality
) AS by_municipality
"""

_COUNT_OF_MUNICIPALITY = """
SELECT count(*) FROM (
    SELECT FROM messaging.held WHERE municipality IS NOT DISTINCT FROM $1 AND is_believed AND state <> 'discarded'
    LIMIT $2
) AS held_of_municipality
"""


class HeldFullError(RuntimeError):
    """As many events of a municipality are held as may be; nothing more is taken from Kafka until some are gone."""


async def refuse_more_than(
    connection: asyncpg.Connection, municipalities: Iterable[str | None], events_max: int
) -> None:
    """Raise HeldFullError if more believed events of a municipality are held than may be: the batch then has to wait.

    None of them may be dropped, as each is of the service that may publish it; Kafka keeps what is not taken.
    """
    for municipality in set(municipalities):
        if await connection.fetchval(_COUNT_OF_MUNICIPALITY, municipality, events_max + 1) > events_max:
            raise HeldFullError(
                f"More than {events_max} events are held for {municipality or 'no municipality'}: "
                "release or discard some, or raise HELD_EVENTS_MAX."
            )


async def count_by_state(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the number of held events by state; states without events are left out."""
    return {row["state"]: row["events"] for row in await connection.fetch(_COUNT_BY_STATE)}


async def count_parked_by_reason(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the number of parked events by reason; reasons without events are left out."""
    return {row["reason"]: row["events"] for row in await connection.fetch(_COUNT_PARKED_BY_REASON)}


async def count_of_fullest_municipality(connection: asyncpg.Connection) -> int:
    """Return the number of believed events held for the municipality with the most of them."""
    events: int = await connection.fetchval(_COUNT_OF_FULLEST)
    return events
