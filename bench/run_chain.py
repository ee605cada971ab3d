"""From a run's start to its last effect in another service, by the real services, each a process of its own.

Ontzorgen takes the parts from Kafka, books them and relays its facts; notifications has a message for every person
committed. Apache Kafka carries them: the run's facts are more than the embedded broker keeps of a partition. Floor: the
same run by the same ontzorgen, relaying as ever, without notifications at work.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import asyncpg

from bench import notify
from bench.rig import CONSOLE, MUNICIPALITY, Environment, Figure, make_figures, relay_url, run_on_uvloop
from bench.run_rig import approve_and_seal, create_run_database, propose
from meedoen.stack.kafka import start_kafka
from meedoen.stack.processes import find_free_port, wait_until
from meedoen.stack.run_broker import topic_partitions
from meedoen.stack.service_process import get_readiness
from services.ontzorgen.run.handlers.runs import get_run
from services.ontzorgen.run.rules.run import RunState
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Database

HOUSEHOLDS = 32_768
CREDITORS = 4
POLL_SECONDS = 0.02
READY_SECONDS = 90.0
TIMEOUT_SECONDS = 600.0
_PERSONS = "SELECT person_id FROM household WHERE municipality = $1"
_COUNT_MESSAGES = "SELECT count(*) FROM message"  # a look costs little, so it slows nothing down
_COUNT_PERSONS = "SELECT count(DISTINCT person_id) FROM message"


@contextlib.contextmanager
def run_services(folder: Path, settings: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Run these services until they are ready; each is drained at the end."""
    ports = {name: find_free_port() for name in settings}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, service_settings in settings.items():
            environment = {**os.environ, **service_settings, "HTTP_PORT": str(ports[name]), "LOG_LEVEL": "warning"}
            with (folder / f"{name}.log").open("wb") as log:
                command = [sys.executable, "-m", "meedoen", "serve", name]
                started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        for name, port in ports.items():
            wait_until(
                lambda port=port: get_readiness(port).ready,  # type: ignore[misc]  # the port of this turn
                deadline_seconds=READY_SECONDS,
                failure=lambda name=name: f"{name} is not ready within {READY_SECONDS:.0f} s.",  # type: ignore[misc]  # as above
            )
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


async def measure_chain(environment: Environment, households: int, *, with_notifications: bool) -> tuple[float, float]:
    """Return the seconds from the run's start to its last commit, and to the last effect in notifications."""
    name = f"bench_chain_{uuid4().hex[:8]}"
    money = await asyncio.to_thread(create_run_database, environment, name, households)
    persons = await _read_persons(environment.owner_url(name))
    notifications_url = await notify.prepare_database_for(environment, persons)
    with TemporaryDirectory(prefix="meedoen-bench-chain-") as text:
        folder = Path(text)
        broker = await asyncio.to_thread(start_kafka, folder / "kafka", topic_partitions(), parent_pid=os.getpid())
        try:
            common = {
                "MUNICIPALITIES": MUNICIPALITY,
                "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
                "AUTH_JWKS_FILE": str(LocalIssuer(folder / "issuer").jwks_file),
            }
            settings = {"ontzorgen": common | {"DATABASE_URL": money.url, "RELAY_DATABASE_URL": money.relay_url}}
            if with_notifications:
                settings["notifications"] = common | {
                    "DATABASE_URL": notifications_url,
                    "RELAY_DATABASE_URL": relay_url(notifications_url),
                    "SPOOL_FOLDER": str(folder / "spool"),
                }
            with run_services(folder, settings):
                return await _time_run(money.url, notifications_url if with_notifications else None, households)
        finally:
            broker.stop()


async def _read_persons(admin_url: str) -> list[UUID]:
    connection = await asyncpg.connect(admin_url)
    try:
        return [row[0] for row in await connection.fetch(_PERSONS, MUNICIPALITY)]
    finally:
        await connection.close()


async def _time_run(money_url: str, notifications_url: str | None, households: int) -> tuple[float, float]:
    database = Database(money_url, service="ontzorgen", pool_size_max=1)
    notified = Database(notifications_url, service="notifications", pool_size_max=1) if notifications_url else None
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            started = time.perf_counter()
            run_id = await propose(database)
            await _wait_for_state(database, run_id, RunState.PROPOSED, RunState.APPROVED)
            await approve_and_seal(database, run_id)
            await _wait_for_state(database, run_id, RunState.RELEASED)
            released_at = time.perf_counter()
            while notified is not None and await _count(notified, _COUNT_MESSAGES) < households:  # noqa: ASYNC110 - it is in a database
                await asyncio.sleep(POLL_SECONDS)
            effect_at = time.perf_counter()
            if notified is not None and await _count(notified, _COUNT_PERSONS) != households:
                raise RuntimeError("Not every person has exactly one message: the figure would mean nothing.")
            return released_at - started, effect_at - released_at
    finally:
        await database.close()
        if notified is not None:
            await notified.close()


async def _wait_for_state(database: Database, run_id: UUID, *states: RunState) -> None:
    while True:
        async with database.transaction(MUNICIPALITY) as tx:
            run = await get_run(run_id, tx)
        if run.state in states:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _count(notified: Database, query: str) -> int:
    async with notified.transaction(MUNICIPALITY) as tx:
        return int(await (await tx.driver()).fetchval(query))


def run(environment: Environment, passes: int, households: int = HOUSEHOLDS) -> list[Figure]:
    """Return the lines for build/bench.json; lower is better in both."""
    total, alone, after = [], [], []
    for number in range(1, passes + 1):
        alone.append(run_on_uvloop(measure_chain(environment, households, with_notifications=False))[0])
        run_seconds, after_seconds = run_on_uvloop(measure_chain(environment, households, with_notifications=True))
        total.append(run_seconds + after_seconds)
        after.append(after_seconds)
        CONSOLE.print(
            f"[dim]run-chain, pass {number}: alone {alone[-1]:.2f} s, with notifications {run_seconds:.2f} s, "
            f"last effect {after_seconds:.2f} s later[/dim]"
        )
    label = f"{households * CREDITORS:,} payments, run to last effect in notifications, Apache Kafka"
    return [
        *make_figures(label, "s", total, alone, higher_is_better=False),
        *make_figures("last effect after the run's last commit, Apache Kafka", "s", after, [], higher_is_better=False),
    ]
