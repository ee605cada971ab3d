"""From the commit in one service to the effect in the next, at 50 events a second, in two processes.

Floor: the two transactions alone, as the services make them, one after the other on the same server, with nothing
between them. The peer column holds the same statements by asyncpg, without even our transaction around them.
The clock is the machine's monotonic clock, which both processes read: it starts when the first commit has returned
and stops when the second has.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from prometheus_client import CollectorRegistry

from bench.rig import MUNICIPALITY, Environment, Figure, relay_url, run_on_uvloop
from shared.database.transactions import Database, Transaction
from shared.events import CandidateWithdrawn
from shared.events.envelope import write_event
from shared.memory import freeze_gc
from shared.messaging import DONE, Outcome, Received, Subscription, outbox
from shared.messaging.decoding import Message
from shared.messaging.inbox import MARK
from shared.messaging.metrics import CoreMetrics
from shared.messaging.runtime import Messaging
from shared.settings import ServiceSettings

EVENTS_PER_SECOND = 50
WARM_EVENTS = 100
EVENTS = 500
ALONE_PAIRS = 200
BARE = "their statements by asyncpg, {:.3g} ms"
_EFFECT = "INSERT INTO effect (event_id, person) VALUES ($1, $2)"


def make_settings(service: str, url: str, bootstrap_servers: str, *, is_embedded: bool) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "service": service,
            "municipalities": MUNICIPALITY,
            "database_url": url,
            "relay_database_url": relay_url(url),
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": is_embedded,
            "auth_jwks_file": "unused",
        }
    )


async def take_effect(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    await (await tx.driver()).execute(_EFFECT, received.event_id, received.data.person_id)
    return DONE


async def run_next_service(url: str, bootstrap_servers: str, *, is_embedded: bool, count: int) -> dict[str, int]:
    """Run the second service in a process of its own; return when each effect was committed, in nanoseconds."""
    database = Database(url, service="intake")
    core = Messaging(
        make_settings("intake", url, bootstrap_servers, is_embedded=is_embedded),
        database,
        (Subscription(CandidateWithdrawn, take_effect),),
        CoreMetrics(CollectorRegistry()),
    )
    committed: dict[str, int] = {}
    take, done = core.inbox.handle_batch, asyncio.Event()

    async def watch_and_take(events: Sequence[Any]) -> int:
        held_events = await take(events)
        now = time.monotonic_ns()
        committed.update((str(event.event_id), now) for event in events)
        if len(committed) >= count:
            done.set()
        return held_events

    core.inbox.handle_batch = watch_and_take  # type: ignore[method-assign]  # a stopwatch around the real one
    freeze_gc()
    await core.start()
    try:
        async with asyncio.timeout(120):
            while not await core.broker_answers():  # noqa: ASYNC110 - another process answers, not an event of ours
                await asyncio.sleep(0.05)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await done.wait()
    finally:
        await core.stop()
        await database.close()
    return committed


async def run_first_service(url: str, bootstrap_servers: str, *, is_embedded: bool) -> dict[str, int]:
    """Run the first service: commit an event every 20 ms; return when each commit returned, in nanoseconds."""
    committed: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        database = Database(url, service="recruitment")
        stack.push_async_callback(database.close)
        core = Messaging(
            make_settings("recruitment", url, bootstrap_servers, is_embedded=is_embedded),
            database,
            (),
            CoreMetrics(CollectorRegistry()),
        )
        stack.push_async_callback(core.stop)
        freeze_gc()
        await core.start()
        started = time.monotonic()
        for number in range(WARM_EVENTS + EVENTS):
            await asyncio.sleep(max(0.0, started + number / EVENTS_PER_SECOND - time.monotonic()))
            async with database.transaction(MUNICIPALITY) as tx:
                tx.emit(_make_event())
                event_id = str(tx.facts[-1].event_id)
            committed[event_id] = time.monotonic_ns()
        await asyncio.sleep(1.0)
    return committed


async def measure_alone_ms(environment: Environment) -> tuple[float, float]:
    """Return median milliseconds of the two transactions as the services make them, and of their statements alone."""
    url_first, url_next = (
        await environment.create_database("bench_first"),
        await environment.create_database("bench_next"),
    )
    first, following = Database(url_first, service="recruitment"), Database(url_next, service="intake")
    first_connection, next_connection = await asyncpg.connect(url_first), await asyncpg.connect(url_next)
    core = Messaging(
        make_settings("intake", url_next, environment.bootstrap_servers, is_embedded=environment.is_embedded),
        following,
        (Subscription(CandidateWithdrawn, take_effect),),
        CoreMetrics(CollectorRegistry()),
    )
    ours, bare = [], []
    try:
        for _ in range(ALONE_PAIRS):
            started = time.perf_counter()
            async with first.transaction(MUNICIPALITY) as tx:
                tx.emit(_make_event())
                fact = tx.facts[-1]
            events = core.inbox.decode([Message(fact.topic, 0, 0, fact.key.encode(), fact.payload)])
            await core.inbox.handle_batch(events)
            ours.append((time.perf_counter() - started) * 1000)
            bare.append(await _measure_bare_ms(first_connection, next_connection))
    finally:
        await asyncio.gather(first.close(), following.close(), first_connection.close(), next_connection.close())
    return statistics.median(ours), statistics.median(bare)


async def _measure_bare_ms(first: asyncpg.Connection, following: asyncpg.Connection) -> float:
    fact = write_event(_make_event(), municipality=MUNICIPALITY)
    started = time.perf_counter()
    async with first.transaction():
        await first.execute("SELECT set_config('app.municipality', $1, true)", MUNICIPALITY)
        await outbox.append(first, [fact])
    async with following.transaction():
        await following.fetch(MARK, [fact.event_id], MUNICIPALITY, [0])
        await following.execute(_EFFECT, fact.event_id, UUID(fact.key))
    return (time.perf_counter() - started) * 1000


def _make_event() -> CandidateWithdrawn:
    return CandidateWithdrawn(person_id=uuid4(), withdrawn_on=date(2026, 7, 1))


async def measure_pass(environment: Environment) -> tuple[float, float, float, float]:
    """Return milliseconds: p50, p99, the two transactions alone, and their bare statements."""
    alone, bare = await measure_alone_ms(environment)
    url_first, url_next = (
        await environment.create_database("bench_first"),
        await environment.create_database("bench_next"),
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.latency",
        url_next,
        environment.bootstrap_servers,
        str(int(environment.is_embedded)),
        str(WARM_EVENTS + EVENTS),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    await process.stdout.readline()
    published = await run_first_service(url_first, environment.bootstrap_servers, is_embedded=environment.is_embedded)
    output, _ = await process.communicate()
    effects = json.loads(output)
    waited = sorted((effects[event_id] - at) / 1e6 for event_id, at in list(published.items())[WARM_EVENTS:])
    return statistics.median(waited), waited[int(len(waited) * 0.99)], alone, bare


def run(environment: Environment, passes: int, name: str) -> list[Figure]:
    """Return the lines for build/bench.json; p99 is beside p50 as its peer."""
    passes_measured = [run_on_uvloop(measure_pass(environment)) for _ in range(passes)]
    p50, p99, floor, bare = (statistics.median(column) for column in zip(*passes_measured, strict=True))
    to_floor = statistics.median(pass_ms[0] / pass_ms[2] for pass_ms in passes_measured)
    to_bare = statistics.median(pass_ms[0] / pass_ms[3] for pass_ms in passes_measured)
    to_p50 = statistics.median(pass_ms[1] / pass_ms[0] for pass_ms in passes_measured)
    p50s, p99s = [pass_ms[0] for pass_ms in passes_measured], [pass_ms[1] for pass_ms in passes_measured]
    spread50 = f"{min(p50s):.3g}..{max(p50s):.3g} over {passes}"
    spread99 = f"{min(p99s):.3g}..{max(p99s):.3g} over {passes}"
    return [
        Figure(f"commit to effect, p50, {name}", p50, "ms", floor, to_floor, BARE.format(bare), to_bare, spread50),
        Figure(f"commit to effect, p99, {name}", p99, "ms", floor, p99 / floor, "p50", to_p50, spread99),
    ]


if __name__ == "__main__":
    _, database_url, servers, embedded, number_of_events = sys.argv
    effects = run_on_uvloop(
        run_next_service(database_url, servers, is_embedded=embedded == "1", count=int(number_of_events))
    )
    sys.stdout.write(json.dumps(effects))
