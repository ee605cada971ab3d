"""A ledger of 10,000,000 lines proven, beside reading it once: every line and header, added up without any grouping.

Both are by the service's own role over one connection. The ledger is put there by the server in one go.
"""

import asyncio
import time

import asyncpg

from bench.rig import CONSOLE, MUNICIPALITY, Environment, Figure, make_figures, run_on_uvloop
from bench.run_million import MONTHS, fill_history
from bench.run_rig import create_run_database
from services.ontzorgen.ledger.handlers import prove_ledger

LINES = 10_000_000
PASSES_FOR_ONE = 3  # each takes seconds, in which a shared machine may be half as fast as in the next
LINES_PER_ENTRY = 7
_LINES = "count(*), sum(amount_cents), sum(account), sum(line_no), max(entry_id)"
_HEADS = "count(*), sum(line_count), sum(kind), max(id), count(run_id)"
_READ_ONCE = (
    f"SELECT {_LINES} FROM ledger_line WHERE municipality = $1",  # noqa: S608 - our own text
    f"SELECT {_HEADS} FROM ledger_entry WHERE municipality = $1",  # noqa: S608 - our own text
)


async def measure_pass(url: str) -> tuple[float, float, int]:
    """Return the seconds for the proof and for reading once, and the number of lines."""
    connection = await asyncpg.connect(url, command_timeout=600)
    try:
        await connection.execute("SELECT set_config('app.municipality', $1, false)", MUNICIPALITY)
        started = time.perf_counter()
        for query in _READ_ONCE:
            await connection.fetch(query, MUNICIPALITY)
        read = time.perf_counter()
        proof = await prove_ledger(connection, MUNICIPALITY)
        proven = time.perf_counter()
    finally:
        await connection.close()
    if not proof.holds:
        raise RuntimeError("The ledger of the bench does not hold: the figure would mean nothing.")
    return proven - read, read - started, proof.lines


def run(environment: Environment, passes: int, lines: int = LINES) -> list[Figure]:
    """Return the lines for build/bench.json."""
    name, households = "bench_proof", -(-lines // (LINES_PER_ENTRY * MONTHS))
    database = create_run_database(environment, name, households)
    asyncio.run(fill_history(environment.owner_url(name), households))
    run_on_uvloop(measure_pass(database.url))
    values, floors = [], []
    for number in range(1, passes * PASSES_FOR_ONE + 1):
        proof, read, count = run_on_uvloop(measure_pass(database.url))
        values.append(count / proof)
        floors.append(count / read)
        CONSOLE.print(f"[dim]ledger-proof, pass {number}: {values[-1]:,.0f} beside {floors[-1]:,.0f} lines/s[/dim]")
    return make_figures(f"ledger of {lines:,} lines proven", "lines/s", values, floors)
