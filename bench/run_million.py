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

from bench.rig import CONSOLE, MUNICIPALITY, Environment, Figure, make_figures, run_on_uvloop
from bench.run import time_workers
from bench.run_rig import approve_and_seal, create_run_database, propose, require_released, reset_run
from bench.run_worker import Worker, run_in_parallel, workers
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
    """
    UPDATE household SET holiday_reserve_cents = 7000 * $2::int
    FROM (SELECT id FROM household ORDER BY id LIMIT $3) AS h WHERE household.municipality = $1 AND household.id = h.id
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
    """Insert earlier months, each released and booked."""
    connection = await asyncpg.connect(admin_url, command_timeout=3_600)
    try:
        for statement in _HISTORY:
            argument_count = max((number for number in range(1, 4) if f"${number}" in statement), default=0)
            await connection.execute(statement, *(MUNICIPALITY, months, households)[:argument_count])
    finally:
        await connection.close()


def run(
    environment: Environment, passes: int, households: int = HOUSEHOLDS, small_households: int = SMALL_HOUSEHOLDS
) -> list[Figure]:
    """Return the lines for build/bench.json."""
    small = create_run_database(environment, "bench_small", small_households)

    def small_seconds() -> float:
        run_on_uvloop(reset_run(environment.owner_url("bench_small")))
        return time_workers(small.url, 1) / small_households

    large = create_run_database(environment, "bench_million", households)
    slices_measured = run_on_uvloop(_run_in_slices(large.url, households, passes, small_seconds))
    label = f"run of {households:,} households, cost of one beside one of {small_households:,}"
    return [
        *make_figures(label, "s/household", slices_measured.large, slices_measured.small, higher_is_better=False),
        _memory_figure(f"run of {households:,} households, a worker's peak memory", slices_measured.peak_mib),
        *_measure_over_history(environment, passes, small_seconds),
    ]


def _measure_over_history(environment: Environment, passes: int, small_seconds: Callable[[], float]) -> list[Figure]:
    """Measure the same over a ledger with 24 months in it; each pass runs the next month of other households."""
    name, count = "bench_history", HISTORY_RUN_HOUSEHOLDS
    values, floors = [], []
    for number in range(passes):
        database = create_run_database(environment, f"{name}_{number}", count)
        run_on_uvloop(fill_history(environment.owner_url(f"{name}_{number}"), HISTORY_HOUSEHOLDS))
        values.append(time_workers(database.url, 1) / count)
        floors.append(small_seconds())
        CONSOLE.print(f"[dim]run-million, history {number + 1}: {values[-1] / floors[-1]:.2f} of the small run[/dim]")
        run_on_uvloop(environment.drop_database(f"{name}_{number}"))
    label = f"run of {count:,} households over {MONTHS} months of ledger, cost of one beside one without"
    return make_figures(label, "s/household", values, floors, higher_is_better=False)


def _memory_figure(label: str, peaks_mib: Sequence[float]) -> Figure:
    spread = f"{', '.join(f'{peak:.0f}' for peak in peaks_mib)} after each slice of each step"
    return Figure(label, peaks_mib[-1], "MiB", peaks_mib[0], peaks_mib[-1] / peaks_mib[0], None, None, spread)


async def _run_in_slices(url: str, households: int, slices: int, small_seconds: Callable[[], float]) -> Slices:
    database = Database(url, service="ontzorgen", pool_size_max=1)
    slices_measured = Slices()
    try:
        with workers(url, 1) as workers_of_run:
            started = time.perf_counter()
            run_id = await propose(database)
            slices_measured.once_seconds += time.perf_counter() - started
            async with database.transaction(MUNICIPALITY) as tx:
                query = "SELECT count(*) FROM run_part WHERE run_id = $1"
                parts = int(await (await tx.driver()).fetchval(query, run_id))
            first = await _run_step_in_slices(workers_of_run, RunStep.PROPOSE, parts, slices, slices_measured)
            started = time.perf_counter()
            await approve_and_seal(database, run_id)
            slices_measured.once_seconds += time.perf_counter() - started
            second = await _run_step_in_slices(
                workers_of_run, RunStep.RELEASE, parts, slices, slices_measured, small_seconds
            )
        await require_released(database, run_id)
    finally:
        await database.close()
    once = slices_measured.once_seconds / households
    slices_measured.large = [
        (propose_seconds + release_seconds) * slices / households + once
        for propose_seconds, release_seconds in zip(first, second, strict=True)
    ]
    return slices_measured


async def _run_step_in_slices(
    workers_of_run: Sequence[Worker],
    step: RunStep,
    parts: int,
    slices: int,
    slices_measured: Slices,
    small_seconds: Callable[[], float] | None = None,
) -> list[float]:
    """Return the seconds for each slice of a step; the small runs come between those of one step."""
    seconds = []
    for number in range(slices):
        started = time.perf_counter()
        peak_mib = run_in_parallel(workers_of_run, step, parts * number // slices, parts * (number + 1) // slices)
        seconds.append(time.perf_counter() - started)
        slices_measured.peak_mib.append(peak_mib)
        CONSOLE.print(f"[dim]run-million, {step}, slice {number + 1} of {slices}: {peak_mib:.0f} MiB[/dim]")
        if small_seconds is not None:
            slices_measured.small.append(await asyncio.to_thread(small_seconds))
    return seconds
