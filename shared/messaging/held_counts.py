"""How many events are held, and the most that may be: for metrics, status, and the bound per municipality."""

from collections.abc import Iterable

import asyncpg

_COUNT_OF_MUNICIPALITY = "SELECT messaging.count_held_of($1, $2)"


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
    return {row["state"]: row["events"] for row in await connection.fetch("SELECT * FROM messaging.count_held()")}


async def count_parked_by_reason(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the number of parked events by reason; reasons without events are left out."""
    rows = await connection.fetch("SELECT * FROM messaging.count_parked()")
    return {row["reason"]: row["events"] for row in rows}


async def count_of_fullest_municipality(connection: asyncpg.Connection) -> int:
    """Return the number of believed events held for the municipality with the most of them."""
    events: int = await connection.fetchval("SELECT messaging.count_held_of_fullest()")
    return events
