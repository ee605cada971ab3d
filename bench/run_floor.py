"""The floor of the month's run: the rows that a run wrote, inserted into the very same tables by the server itself.

They are prepared in tables of their own, and inserted by INSERT ... SELECT in parts as large and as many as the run's,
each step of a part in one transaction, by the service's own role, with every trigger, check, index and tenant rule in
force. Nothing is read to Python, computed or sealed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from bench.rig import MUNICIPALITY
from shared.events.codes import RunStep

_KEEP = (
    "DROP SCHEMA IF EXISTS written CASCADE",
    "CREATE SCHEMA written",
    "CREATE UNLOGGED TABLE written.run AS SELECT * FROM run",
    "CREATE UNLOGGED TABLE written.part AS SELECT number, from_id, until_id FROM run_part WHERE step = 'propose'",
    "CREATE UNLOGGED TABLE written.statement AS SELECT * FROM statement ORDER BY household_id",
    "CREATE UNLOGGED TABLE written.entry AS SELECT * FROM ledger_entry ORDER BY household_id, id",
    """
    CREATE UNLOGGED TABLE written.line AS SELECT l.*, e.household_id FROM ledger_line l
    JOIN ledger_entry e ON e.municipality = l.municipality AND e.id = l.entry_id ORDER BY e.household_id, e.id, line_no
    """,
    """
    CREATE UNLOGGED TABLE written.fact AS SELECT s.household_id, o.event_id, o.topic, o.key, o.trace, o.payload
    FROM messaging.outbox o JOIN statement s
    ON s.household_id = (convert_from(o.payload, 'UTF8')::jsonb #>> '{data,household_id}')::uuid ORDER BY o.position
    """,
    *(f"CREATE INDEX ON written.{table} (household_id)" for table in ("statement", "entry", "line", "fact")),
    "ANALYZE written.statement, written.entry, written.line, written.fact",
    "GRANT USAGE ON SCHEMA written TO meedoen_ontzorgen",
    "GRANT SELECT ON ALL TABLES IN SCHEMA written TO meedoen_ontzorgen",
)
_OPEN = "INSERT INTO run SELECT * FROM written.run"
_PROPOSING = "UPDATE run SET state = 'proposing'"
_RELEASING = "UPDATE run SET state = 'releasing'"
_HERE = "($1::uuid IS NULL OR m.household_id >= $1) AND ($2::uuid IS NULL OR m.household_id < $2)"
_PROPOSE = (f"INSERT INTO statement SELECT * FROM written.statement m WHERE {_HERE}",)  # noqa: S608 - our own text
_RELEASE = (
    f"""
    WITH entry AS (INSERT INTO ledger_entry SELECT * FROM written.entry m WHERE {_HERE})
    INSERT INTO ledger_line (entry_id, amount_cents, line_no, account, municipality)
    SELECT entry_id, amount_cents, line_no, account, municipality FROM written.line m WHERE {_HERE}
    """,  # noqa: S608 - our own text
    f"""
    INSERT INTO messaging.outbox (event_id, topic, key, trace, payload)
    SELECT event_id, topic, key, trace, payload FROM written.fact m WHERE {_HERE}
    """,  # noqa: S608 - our own text
    f"""
    UPDATE household h SET next_month = '2026-08', months_run = h.months_run + 1,
        holiday_reserve_cents = h.holiday_reserve_cents + m.holiday_reserve_cents FROM statement m
    WHERE m.municipality = '{MUNICIPALITY}' AND m.month = '2026-07' AND h.municipality = '{MUNICIPALITY}'
    AND h.id = m.household_id AND {_HERE}
    """,  # noqa: S608 - our own text
)

_STEPS = {RunStep.PROPOSE: _PROPOSE, RunStep.RELEASE: _RELEASE}
Bounds = tuple[UUID | None, UUID | None]


async def keep_written_rows(admin_url: str) -> None:
    """Copy what the run of this database wrote to tables of its own."""
    connection = await asyncpg.connect(admin_url, command_timeout=600)
    try:
        for statement in _KEEP:
            await connection.execute(statement)
    finally:
        await connection.close()


async def measure_seconds(url: str, connections: int) -> float:
    """Return the seconds to insert the prepared rows over this many connections at once."""
    async with open_floor(url, connections) as floor:
        await floor.work(RunStep.PROPOSE, floor.parts)
        await floor.begin_release()
        await floor.work(RunStep.RELEASE, floor.parts)
        return floor.seconds


class Floor:
    """The floor's steps, a stretch of parts at a time; `measure_seconds` is what they took until now."""

    def __init__(self, connections: Sequence[Any], parts: Sequence[Bounds]) -> None:
        self._connections, self.parts = connections, parts
        self.seconds = 0.0

    async def work(self, step: RunStep, parts: Sequence[Bounds]) -> None:
        await self._time(_run_parts(self._connections, parts, _STEPS[step]))

    async def begin_release(self) -> None:
        await self._time(self._connections[0].execute(_RELEASING))

    async def _time(self, work: Awaitable[object]) -> None:
        started = time.perf_counter()
        await work
        self.seconds += time.perf_counter() - started


@asynccontextmanager
async def open_floor(url: str, connections: int) -> AsyncIterator[Floor]:
    """Open a floor that has begun."""
    floor_connections = [await asyncpg.connect(url, server_settings=_SESSION) for _ in range(connections)]
    first = floor_connections[0]
    try:
        bounds = await first.fetch("SELECT from_id, until_id FROM written.part ORDER BY number")
        await first.execute(_OPEN)
        await first.execute(_PROPOSING)
        yield Floor(floor_connections, [(row["from_id"], row["until_id"]) for row in bounds])
    finally:
        for connection in floor_connections:
            await connection.close()


async def _run_parts(connections: Sequence[Any], parts: Sequence[Bounds], statements: Sequence[str]) -> None:
    count = len(connections)
    await asyncio.gather(
        *(_run_share(connection, parts[index::count], statements) for index, connection in enumerate(connections))
    )


async def _run_share(connection: Any, parts: Sequence[Bounds], statements: Sequence[str]) -> None:
    for bounds in parts:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement, *bounds)


_SESSION = {"app.municipality": MUNICIPALITY, "jit": "off"}
