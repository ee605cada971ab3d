"""A month's run of 100,000 households with four charges each: proposed, approved, sealed and released.

Statements, ledger and events in the outbox, in parts of one transaction each, so that it can continue after a stop.
`run` is one worker on one connection; `run-workers` two processes that share the parts. Floor: the same rows by the
server alone (see `run_floor`), on as many connections. Peer: one SQLModel transaction per household, on fewer of them.
A shared machine may be half as fast in one second as in the next, so `run` makes twice the requested passes, and in
each of them a part of the floor follows each part of ours.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import run_floor, run_peer
from bench.rig import CONSOLE, Environment, Figure, make_figures, run_on_uvloop
from bench.run_rig import (
    MONTH,
    ON,
    RunMeasurement,
    approve_and_seal,
    create_run_database,
    fill_without_charges,
    measure_run,
    propose,
    require_released,
    reset_run,
)
from bench.run_worker import Worker, run_in_parallel, workers
from shared.database.migrations import ServiceDatabase, prepare_database
from shared.database.transactions import Database
from shared.events.codes import RunStep

HOUSEHOLDS = 100_000
PEER_HOUSEHOLDS = 1_000
WORKERS = 2
PASSES_FOR_ONE = 2
PEER = "one SQLModel transaction per household"


@dataclass(frozen=True)
class Pass:
    """One pass: households a second of ours, the floor and the peer, and WAL bytes per byte of the events."""

    ours: float
    floor: float
    peer: float
    wal_per_event_byte: float
    wal_per_household: float


def run(environment: Environment, passes: int, households: int = HOUSEHOLDS) -> list[Figure]:
    """Return the lines for build/bench.json of one worker on one connection."""
    by_rules = _measure_by_rules(environment, passes, households)
    passes_measured = _measure_passes(environment, "bench_run", passes * PASSES_FOR_ONE, households)
    label = f"run of {households:,} households, one connection"
    wal = [pass_.wal_per_household for pass_ in passes_measured]
    event_bytes = [pass_.wal_per_household / pass_.wal_per_event_byte for pass_ in passes_measured]
    return [
        *make_figures(
            label,
            "households/s",
            [pass_.ours for pass_ in passes_measured],
            [pass_.floor for pass_ in passes_measured],
            peers={PEER: [pass_.peer for pass_ in passes_measured]},
        ),
        *make_figures(
            f"{label}: WAL per household, beside its event's bytes", "bytes", wal, event_bytes, higher_is_better=False
        ),
        *make_figures(f"{label}, each month worked out by the rules", "households/s", by_rules, []),
    ]


def _measure_by_rules(environment: Environment, passes: int, households: int) -> list[float]:
    """Return households a second in a run without prepared charges, as after a change of policy."""
    rates = []
    for number in range(passes):
        name = f"bench_run_by_rules_{number}"
        database = fill_without_charges(environment, name, households)
        rates.append(run_on_uvloop(measure_run(database.url)).rate)
        run_on_uvloop(environment.drop_database(name))
    return rates


def run_workers(environment: Environment, passes: int, households: int = HOUSEHOLDS) -> list[Figure]:
    """Return the lines for build/bench.json of two workers."""
    name = "bench_run_workers"
    database, owner_url = create_run_database(environment, name, households), environment.owner_url(name)
    values, floors = [], []
    for number in range(passes):
        run_on_uvloop(reset_run(owner_url))
        values.append(households / time_workers(database.url, WORKERS))
        if not number:
            run_on_uvloop(run_floor.keep_written_rows(owner_url))
        run_on_uvloop(reset_run(owner_url))
        floors.append(households / run_on_uvloop(run_floor.measure_seconds(database.url, WORKERS)))
        CONSOLE.print(f"[dim]{name}, pass {number + 1}: {values[-1]:,.0f} beside {floors[-1]:,.0f} households/s[/dim]")
    return make_figures(f"run of {households:,} households, {WORKERS} worker processes", "households/s", values, floors)


def _measure_passes(environment: Environment, name: str, passes: int, households: int) -> list[Pass]:
    """Measure ours and the floor in turn, part by part, in a database each: the machine's drift meets both."""
    database, owner_url = create_run_database(environment, name, households), environment.owner_url(name)
    run_on_uvloop(measure_run(database.url))
    run_on_uvloop(run_floor.keep_written_rows(owner_url))
    floor_database, floor_owner_url = (
        _copy_database(environment, name, f"{name}_floor"),
        environment.owner_url(f"{name}_floor"),
    )
    passes_measured: list[Pass] = []
    for number in range(passes):
        for url in (owner_url, floor_owner_url):
            run_on_uvloop(reset_run(url))
        measurement, floor_seconds = run_on_uvloop(_measure_side_by_side(database.url, floor_database.url))
        run_on_uvloop(reset_run(owner_url))
        peer = run_on_uvloop(run_peer.measure_rate(owner_url, MONTH, ON, PEER_HOUSEHOLDS))
        floor, wal = households / floor_seconds, measurement.wal_bytes / measurement.run.households
        passes_measured.append(
            Pass(measurement.rate, floor, peer, measurement.wal_bytes / measurement.event_bytes, wal)
        )
        CONSOLE.print(
            f"[dim]{name}, pass {number + 1}: {measurement.rate:,.0f} beside {floor:,.0f} households/s, "
            f"{measurement.rate / floor:.2f}; peer {peer:,.0f}; WAL {wal:,.0f} bytes[/dim]"
        )
    return passes_measured


async def _measure_side_by_side(url: str, floor_url: str) -> tuple[RunMeasurement, float]:
    async with run_floor.open_floor(floor_url, 1) as floor:
        return await measure_run(url, floor), floor.seconds


def _copy_database(environment: Environment, name: str, copy: str) -> ServiceDatabase:
    """Return a second copy of the same database."""
    run_on_uvloop(environment.copy_database(name, copy))
    return prepare_database(environment.admin_url, "ontzorgen", name=copy)


def time_workers(url: str, count: int) -> float:
    """Return the seconds for the whole run, its parts shared by `count` processes that are ready at the start."""

    async def run_whole(workers_of_run: Sequence[Worker]) -> float:
        database = Database(url, service="ontzorgen", pool_size_max=1)
        try:
            started = time.perf_counter()
            run_id = await propose(database)
            run_in_parallel(workers_of_run, RunStep.PROPOSE)
            await approve_and_seal(database, run_id)
            run_in_parallel(workers_of_run, RunStep.RELEASE)
            seconds = time.perf_counter() - started
            await require_released(database, run_id)
        finally:
            await database.close()
        return seconds

    with workers(url, count) as workers_of_run:
        return run_on_uvloop(run_whole(workers_of_run))
