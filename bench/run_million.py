"""A run of 1,000,000 households, and one over 24 months of ledger: what a household costs, beside a run of 10,000.

The large run is worked through by one worker in slices; a whole small run in a database of its own comes after each
slice, so that the machine's drift meets both. What the large run does once (propose, seal, release) is shared out over
its slices. The months that lie in the ledger are of HISTORY_HOUSEHOLDS households, put there by the server in one go.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncpg

from bench.rig import CONSOLE, MUNICIPALITY, Figure, Stage, as_service, figure
from bench.run import by_workers
from bench.run_rig import approve_and_seal, as_before, money_database, propose, released
from bench.run_worker import Worker, together, workers
from shared.database.transactions import Database
from shared.events.codes import RunStep

HOUSEHOLDS = 1_000_000
SMALL_HOUSEHOLDS = 10_000
HISTORY_HOUSEHOLDS = 50_000
HISTORY_RUN_HOUSEHOLDS = 50_000
MONTHS = 24

_HISTORY = (
    "SET session_replication_role = replica",
    """
    INSERT INTO run (municipality, id, month, number, state, proposer, proposed_on, parts)
    SELECT $1, md5('run ' || n)::uuid, to_char(date '2024-07-01' + make_interval(months => n), 'YYYY-MM'), 1,
        'released', 'bench', '2024-07-01', 1 FROM generate_series(0, $2::int - 1) AS n
    """,
    """
    INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, run_id, household_id, month)
    SELECT $1, row_number() OVER (ORDER BY n, h.id), 1, 7, '2024-07-01', md5('run ' || n)::uuid, h.id,
        to_char(date '2024-07-01' + make_interval(months => n), 'YYYY-MM')
    FROM generate_series(0, $2::int - 1) AS n, (SELECT id FROM household ORDER BY id LIMIT $3) AS h
    """,
    """
    INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
    SELECT $1, e.id, l.no, l.account, l.cents FROM ledger_entry AS e, LATERAL (VALUES (1, 10, -140000 - e.id % 1000),
        (2, 20, 7000), (3, 31, 45000), (4, 32, 14000), (5, 33, 16000), (6, 34, 2500), (7, 50, 55500 + e.id % 1000))
        AS l(no, account, cents) ORDER BY e.id, l.no
    """,
    """
    INSERT INTO ledger_total (municipality, run_id, block, account, amount_cents, lines)
    SELECT $1, e.run_id, e.id >> 10, l.account, sum(l.amount_cents), count(*) FROM ledger_line AS l
    JOIN ledger_entry AS e ON e.municipality = l.municipality AND e.id = l.entry_id GROUP BY 2, 3, 4
    """,
    """
    INSERT INTO statement (municipality, month, household_id, run_id, status, norm_cents, payable_cents,
        holiday_reserve_cents, charges_total_cents, deducted_cents, remainder_cents, payments, content)
    SELECT $1, month, household_id, run_id, 'ok', 140000, 133000, 7000, 77500, 77500, 55500, 5, repeat('x', 300)
    FROM ledger_entry
    """,
    "SELECT setval('ledger_entry_number', (SELECT max(id) FROM ledger_entry))",
    "VACUUM ANALYZE ledger_entry",
    "VACUUM ANALYZE ledger_line",
    "VACUUM ANALYZE statement",
    "CHECKPOINT",
)


@dataclass
class Slices:
    """Seconds per household of the large run, slice by slice, beside the small run that came after each."""

    large: list[float] = field(default_factory=list)
    small: list[float] = field(default_factory=list)
    once_seconds: float = 0.0
    peak_mib: list[float] = field(default_factory=list)


async def fill_history(admin_url: str, households: int, months: int = MONTHS) -> None:
    """Months that went before, each released and booked."""
    connection = await asyncpg.connect(admin_url, command_timeout=3_600)
    try:
        for statement in _HISTORY:
            wanted = max((number for number in range(1, 4) if f"${number}" in statement), default=0)
            await connection.execute(statement, *(MUNICIPALITY, months, households)[:wanted])
    finally:
        await connection.close()


def run(
    where: Stage, passes: int, households: int = HOUSEHOLDS, small_households: int = SMALL_HOUSEHOLDS
) -> list[Figure]:
    """The lines for build/bench.json."""
    small = money_database(where, "bench_small", small_households)

    def small_seconds() -> float:
        as_service(as_before(where.owner_url("bench_small")))
        return by_workers(small.url, 1) / small_households

    large = money_database(where, "bench_million", households)
    seen = as_service(_in_slices(large.url, households, passes, small_seconds))
    what = f"run of {households:,} households, cost of one beside one of {small_households:,}"
    return [
        *figure(what, "s/household", seen.large, seen.small, higher_is_better=False),
        _memory(f"run of {households:,} households, a worker's peak memory", seen.peak_mib),
        *_over_history(where, passes, small_seconds),
    ]


def _over_history(where: Stage, passes: int, small_seconds: Callable[[], float]) -> list[Figure]:
    """The same over a ledger with 24 months in it; each pass runs the next month of other households."""
    name, count = "bench_history", HISTORY_RUN_HOUSEHOLDS
    values, floors = [], []
    for number in range(passes):
        database = money_database(where, f"{name}_{number}", count)
        as_service(fill_history(where.owner_url(f"{name}_{number}"), HISTORY_HOUSEHOLDS))
        values.append(by_workers(database.url, 1) / count)
        floors.append(small_seconds())
        CONSOLE.print(f"[dim]run-million, history {number + 1}: {values[-1] / floors[-1]:.2f} of the small run[/dim]")
        as_service(where.drop(f"{name}_{number}"))
    what = f"run of {count:,} households over {MONTHS} months of ledger, cost of one beside one without"
    return figure(what, "s/household", values, floors, higher_is_better=False)


def _memory(what: str, peaks_mib: Sequence[float]) -> Figure:
    spread = f"{', '.join(f'{one:.0f}' for one in peaks_mib)} after each slice of each step"
    return Figure(what, peaks_mib[-1], "MiB", peaks_mib[0], peaks_mib[-1] / peaks_mib[0], None, None, spread)


async def _in_slices(url: str, households: int, slices: int, small_seconds: Callable[[], float]) -> Slices:
    database = Database(url, service="ontzorgen", pool_size_max=1)
    seen = Slices()
    try:
        with workers(url, 1) as team:
            started = time.perf_counter()
            run_id = await propose(database)
            seen.once_seconds += time.perf_counter() - started
            async with database.transaction(MUNICIPALITY) as tx:
                query = "SELECT count(*) FROM run_part WHERE run_id = $1"
                parts = int(await (await tx.driver()).fetchval(query, run_id))
            first = await _sliced(team, RunStep.PROPOSE, parts, slices, seen)
            started = time.perf_counter()
            await approve_and_seal(database, run_id)
            seen.once_seconds += time.perf_counter() - started
            second = await _sliced(team, RunStep.RELEASE, parts, slices, seen, small_seconds)
        await released(database, run_id)
    finally:
        await database.close()
    once = seen.once_seconds / households
    seen.large = [(one + other) * slices / households + once for one, other in zip(first, second, strict=True)]
    return seen


async def _sliced(
    team: Sequence[Worker],
    step: RunStep,
    parts: int,
    slices: int,
    seen: Slices,
    small_seconds: Callable[[], float] | None = None,
) -> list[float]:
    """Seconds for each slice of a step; the small runs come between those of one step."""
    found = []
    for number in range(slices):
        started = time.perf_counter()
        peak_mib = together(team, step, parts * number // slices, parts * (number + 1) // slices)
        found.append(time.perf_counter() - started)
        seen.peak_mib.append(peak_mib)
        CONSOLE.print(f"[dim]run-million, {step}, slice {number + 1} of {slices}: {peak_mib:.0f} MiB[/dim]")
        if small_seconds is not None:
            seen.small.append(await asyncio.to_thread(small_seconds))
    return found
