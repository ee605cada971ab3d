"""A month's run of 100,000 households with four charges each: proposed, approved, sealed and released.

Statements, ledger and facts in the outbox, in parts of one transaction each, so that it goes on where it was stopped.
`run` is one worker on one connection; `run-workers` two processes that share the parts. Floor: the same rows by the
server alone (see `run_floor`), on as many connections. Peer: one SQLModel transaction per household, on fewer of them.
A shared machine may be half as fast in one second as in the next, so `run` makes twice the passes that are asked for,
and in each of them a part of the floor comes after each part of ours.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import run_floor, run_peer
from bench.rig import CONSOLE, Figure, Stage, as_service, figure
from bench.run_rig import (
    MONTH,
    ON,
    Measured,
    approve_and_seal,
    as_before,
    measured,
    money_database,
    propose,
    released,
    without_bills,
)
from bench.run_worker import Worker, together, workers
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
    """One pass: households a second of ours, the floor and the peer, and the journal's bytes per byte told."""

    ours: float
    floor: float
    peer: float
    wal_per_event_byte: float
    wal_per_household: float


def run(where: Stage, passes: int, households: int = HOUSEHOLDS) -> list[Figure]:
    """The lines for build/bench.json of one worker on one connection."""
    by_rules = _by_rules(where, passes, households)
    seen = _passes(where, "bench_run", passes * PASSES_FOR_ONE, households)
    what = f"run of {households:,} households, one connection"
    wal = [one.wal_per_household for one in seen]
    told = [one.wal_per_household / one.wal_per_event_byte for one in seen]
    return [
        *figure(
            what,
            "households/s",
            [one.ours for one in seen],
            [one.floor for one in seen],
            peers={PEER: [one.peer for one in seen]},
        ),
        *figure(f"{what}: WAL per household, beside its event's bytes", "bytes", wal, told, higher_is_better=False),
        *figure(f"{what}, each month worked out by the rules", "households/s", by_rules, []),
    ]


def _by_rules(where: Stage, passes: int, households: int) -> list[float]:
    """Households a second in a run that finds no bill, as after a change of policy."""
    seen = []
    for number in range(passes):
        name = f"bench_run_by_rules_{number}"
        database = without_bills(where, name, households)
        seen.append(as_service(measured(database.url)).rate)
        as_service(where.drop(name))
    return seen


def run_workers(where: Stage, passes: int, households: int = HOUSEHOLDS) -> list[Figure]:
    """The lines for build/bench.json of two workers."""
    name = "bench_run_workers"
    database, owner_url = money_database(where, name, households), where.owner_url(name)
    values, floors = [], []
    for number in range(passes):
        as_service(as_before(owner_url))
        values.append(households / by_workers(database.url, WORKERS))
        if not number:
            as_service(run_floor.keep(owner_url))
        as_service(as_before(owner_url))
        floors.append(households / as_service(run_floor.seconds(database.url, WORKERS)))
        CONSOLE.print(f"[dim]{name}, pass {number + 1}: {values[-1]:,.0f} beside {floors[-1]:,.0f} households/s[/dim]")
    return figure(f"run of {households:,} households, {WORKERS} worker processes", "households/s", values, floors)


def _passes(where: Stage, name: str, passes: int, households: int) -> list[Pass]:
    """Ours and the floor in turn, part by part, each in a database of its own: the machine's drift meets both."""
    database, owner_url = money_database(where, name, households), where.owner_url(name)
    as_service(measured(database.url))
    as_service(run_floor.keep(owner_url))
    floor_database, floor_owner_url = _copied(where, name, f"{name}_floor"), where.owner_url(f"{name}_floor")
    seen: list[Pass] = []
    for number in range(passes):
        for url in (owner_url, floor_owner_url):
            as_service(as_before(url))
        done, floor_seconds = as_service(_side_by_side(database.url, floor_database.url))
        as_service(as_before(owner_url))
        peer = as_service(run_peer.rate(owner_url, MONTH, ON, PEER_HOUSEHOLDS))
        floor, wal = households / floor_seconds, done.wal_bytes / done.run.households
        seen.append(Pass(done.rate, floor, peer, done.wal_bytes / done.event_bytes, wal))
        CONSOLE.print(
            f"[dim]{name}, pass {number + 1}: {done.rate:,.0f} beside {floor:,.0f} households/s, "
            f"{done.rate / floor:.2f}; peer {peer:,.0f}; WAL {wal:,.0f} bytes[/dim]"
        )
    return seen


async def _side_by_side(url: str, floor_url: str) -> tuple[Measured, float]:
    async with run_floor.opened(floor_url, 1) as floor:
        return await measured(url, floor), floor.seconds


def _copied(where: Stage, name: str, copy: str) -> ServiceDatabase:
    """The same database a second time."""
    as_service(where.copy(name, copy))
    return prepare_database(where.admin_url, "ontzorgen", name=copy)


def by_workers(url: str, count: int) -> float:
    """Seconds for the whole run, its parts shared by so many processes; they are ready when it begins."""

    async def whole(team: Sequence[Worker]) -> float:
        database = Database(url, service="ontzorgen", pool_size_max=1)
        try:
            started = time.perf_counter()
            run_id = await propose(database)
            together(team, RunStep.PROPOSE)
            await approve_and_seal(database, run_id)
            together(team, RunStep.RELEASE)
            seconds = time.perf_counter() - started
            await released(database, run_id)
        finally:
            await database.close()
        return seconds

    with workers(url, count) as team:
        return as_service(whole(team))
