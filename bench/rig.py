"""What the benchmarks share: a server, a broker, a database with the core's tables, rows of a known size, figures."""

import asyncio
import json
import os
import resource
import statistics
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import uvloop
from rich.console import Console

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.embedded_broker import start_embedded_broker
from meedoen.stack.postgres import start_postgres
from shared.database.address import DatabaseAddress
from shared.events.envelope import WrittenEvent
from shared.identity import new_id
from shared.messaging import schema
from shared.messaging.roles import CoreRoles, separate

TOPIC = "meedoen.recruitment.candidate"
MUNICIPALITY = "gm0637"
ROLE = "bench_role"
ROLES = CoreRoles.of(ROLE)
PARTITIONS = 6
EVENT_BYTES = 700
Result = TypeVar("Result")
CONSOLE = Console(stderr=True)
MIB_IN_KIB = 1024
NO_DECIMALS_FROM = 100  # what is more is shown without decimals

_STATE = """
CREATE TABLE person_state (person uuid PRIMARY KEY, events bigint NOT NULL DEFAULT 0);
CREATE TABLE effect (event_id uuid PRIMARY KEY, person uuid NOT NULL)
"""


@dataclass(frozen=True)
class Figure:
    """One line of build/bench.json: a median beside its floor and, where there is one, a peer of the same run."""

    path: str
    value: float
    unit: str
    floor: float | None
    ratio_to_floor: float | None
    peer: str | None
    ratio_to_peer: float | None
    spread: str


@dataclass(frozen=True)
class Environment:
    """Where a benchmark runs."""

    admin_url: str
    bootstrap_servers: str
    is_embedded: bool

    def owner_url(self, name: str) -> str:
        """Return the same database for the owner of its tables."""
        return f"{self.admin_url.rpartition('/')[0]}/{name}"

    async def drop_database(self, name: str) -> None:
        """Drop a database that is no longer measured."""
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await admin.close()

    async def copy_database(self, name: str, copy: str) -> None:
        """Copy a database as it is now; nobody may be connected to it."""
        admin = await asyncpg.connect(self.admin_url)
        try:
            await admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        finally:
            await admin.close()

    async def create_database(self, name: str) -> str:
        """Create a fresh database with the core's tables; return the address for the working role."""
        admin = await asyncpg.connect(self.admin_url)
        try:
            for role in (ROLES.application, ROLES.relay, ROLES.operator):
                if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    await admin.execute(f"CREATE ROLE {role} LOGIN NOBYPASSRLS PASSWORD 'bench'")
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}"')
        finally:
            await admin.close()
        base = self.admin_url.rpartition("/")[0]
        owner = await asyncpg.connect(f"{base}/{name}")
        try:
            for statement in (*schema.install(ROLE), *separate(ROLES)):
                await owner.execute(statement)
            # Rows that a benchmark writes by itself are of the same municipality too.
            await owner.execute(f"ALTER DATABASE \"{name}\" SET app.municipality = '{MUNICIPALITY}'")
            await owner.execute(_STATE)
            await owner.execute(f"GRANT ALL ON person_state, effect TO {ROLE}")
        finally:
            await owner.close()
        address = base.rpartition("@")[2] if "@" in base else base.rpartition("//")[2]
        return f"postgresql://{ROLE}:bench@{address}/{name}"


@contextmanager
def open_environment() -> Iterator[Environment]:
    """Start a PostgreSQL and an embedded broker for this run alone."""
    with TemporaryDirectory(prefix="meedoen-bench-") as folder:
        server = start_postgres(Path(folder) / "postgres", parent_pid=os.getpid())
        broker = start_embedded_broker(Path(folder) / "broker", {TOPIC: PARTITIONS}, parent_pid=os.getpid())
        try:
            yield Environment(server.admin_url, broker.bootstrap_servers, is_embedded=True)
        finally:
            broker.stop()
            server.stop()
            server.remove()


@contextmanager
def start_fresh_broker() -> Iterator[BrokerProcess]:
    """Start an embedded broker that is empty."""
    with TemporaryDirectory(prefix="meedoen-bench-broker-") as folder:
        broker = start_embedded_broker(Path(folder), {TOPIC: PARTITIONS}, parent_pid=os.getpid())
        try:
            yield broker
        finally:
            broker.stop()


def relay_url(url: str) -> str:
    """Return the same database for the role of its relay."""
    address = DatabaseAddress.parse(url)
    return address.at(user=CoreRoles.of(address.user).relay).url


def run_on_uvloop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run on uvloop, as the services run."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def peak_mib() -> float:
    """Return the highest resident memory of this process in MiB.

    Linux hands the peak of the process that started this one down in getrusage, also across exec: VmHWM is our own.
    """
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / MIB_IN_KIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB_IN_KIB
    return peak / MIB_IN_KIB if sys.platform == "darwin" else peak  # bytes there, KiB elsewhere


def new_people(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def make_events(count: int, persons: Sequence[UUID]) -> list[WrittenEvent]:
    """Return events of about EVENT_BYTES bytes that the contract accepts, spread over the persons."""
    written = []
    for number in range(count):
        person, event_id = persons[number % len(persons)], new_id()
        document = {
            "specversion": "1.0",
            "id": str(event_id),
            "source": "urn:nld:oin:00000099000000099000:systeem:meedoen-recruitment",
            "type": "nl.meedoen.recruitment.candidate-withdrawn.v1",
            "subject": str(person),
            "time": "2026-07-01T08:00:00.000000Z",
            "datacontenttype": "application/json",
            "dataschema": "https://meedoen.example/schemas/nl.meedoen.recruitment.candidate-withdrawn.v1.json",
            "municipality": MUNICIPALITY,
            "data": {"person_id": str(person), "withdrawn_on": "2026-07-01", "padding": ""},
        }
        document["data"]["padding"] = "x" * (EVENT_BYTES - len(json.dumps(document)))  # type: ignore[index]  # a dict
        written.append(WrittenEvent(event_id, TOPIC, str(person), json.dumps(document).encode()))
    return written


def format_value(value: float) -> str:
    """Return a figure for people to read."""
    return f"{value:,.0f}" if value >= NO_DECIMALS_FROM else f"{value:.3g}"


def make_figures(
    path: str,
    unit: str,
    values: Sequence[float],
    floors: Sequence[float],
    *,
    peers: dict[str, Sequence[float]] | None = None,
    higher_is_better: bool = True,
) -> list[Figure]:
    """Return medians of paired passes; a ratio is the median of the passes' ratios, so the machine's drift cancels."""

    def ratio(others: Sequence[float]) -> float:
        return statistics.median(value / other for value, other in zip(values, others, strict=True))

    value, floor = statistics.median(values), statistics.median(floors) if floors else None
    spread = f"{format_value(min(values))} to {format_value(max(values))}, {len(values)} passes"
    to_floor = ratio(floors) if floors else None
    lines = [Figure(path, value, unit, floor, to_floor, None, None, spread)]
    for name, others in (peers or {}).items():
        lines.append(Figure(path, value, unit, floor, to_floor, name, ratio(others), spread))
    if not higher_is_better:
        CONSOLE.print(f"{path}: lower is better")
    return lines


def write_figures(figures: Sequence[Figure], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(line) for line in figures], indent=2) + "\n")


def run_passes(count: int, what: str, run_pass: Callable[[], object]) -> list[object]:
    """Run one pass several times, with a line of progress each."""
    results = []
    for number in range(1, count + 1):
        CONSOLE.print(f"[dim]{what}: pass {number} of {count}[/dim]")
        results.append(run_pass())
    return results
