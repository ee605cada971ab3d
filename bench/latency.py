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

from bench.rig import MUNICIPALITY, Figure, Stage, as_service
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


def settings(service: str, url: str, bootstrap_servers: str, *, is_embedded: bool) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {
            "service": service,
            "municipalities": MUNICIPALITY,
            "database_url": url,
            "kafka_bootstrap_servers": bootstrap_servers,
            "kafka_embedded": is_embedded,
            "auth_jwks_file": "unused",
        }
    )


async def take_effect(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    await (await tx.driver()).execute(_EFFECT, received.event_id, received.data.person_id)
    return DONE


async def next_service(url: str, bootstrap_servers: str, *, is_embedded: bool, count: int) -> dict[str, int]:
    """The second service, in a process of its own: when each event's effect was committed, in nanoseconds."""
    database = Database(url, service="intake")
    core = Messaging(
        settings("intake", url, bootstrap_servers, is_embedded=is_embedded),
        database,
        (Subscription(CandidateWithdrawn, take_effect),),
        CoreMetrics(CollectorRegistry()),
    )
    committed: dict[str, int] = {}
    take, done = core.inbox.handle_batch, asyncio.Event()

    async def watched(events: Sequence[Any]) -> int:
        held = await take(events)
        now = time.monotonic_ns()
        committed.update((str(event.event_id), now) for event in events)
        if len(committed) >= count:
            done.set()
        return held

    core.inbox.handle_batch = watched  # type: ignore[method-assign]  # a stopwatch around the real one
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


async def first_service(url: str, bootstrap_servers: str, *, is_embedded: bool) -> dict[str, int]:
    """The first service: commits a fact every 20 ms; when each commit returned, in nanoseconds."""
    told: dict[str, int] = {}
    async with AsyncExitStack() as stack:
        database = Database(url, service="recruitment")
        stack.push_async_callback(database.close)
        core = Messaging(
            settings("recruitment", url, bootstrap_servers, is_embedded=is_embedded),
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
                tx.emit(_fact())
                event_id = str(tx.facts[-1].event_id)
            told[event_id] = time.monotonic_ns()
        await asyncio.sleep(1.0)
    return told


async def alone_ms(where: Stage) -> tuple[float, float]:
    """Median milliseconds of the two transactions as the services make them, and of their statements by asyncpg."""
    url_first, url_next = await where.database("bench_first"), await where.database("bench_next")
    first, following = Database(url_first, service="recruitment"), Database(url_next, service="intake")
    one, other = await asyncpg.connect(url_first), await asyncpg.connect(url_next)
    core = Messaging(
        settings("intake", url_next, where.bootstrap_servers, is_embedded=where.is_embedded),
        following,
        (Subscription(CandidateWithdrawn, take_effect),),
        CoreMetrics(CollectorRegistry()),
    )
    ours, bare = [], []
    try:
        for _ in range(ALONE_PAIRS):
            started = time.perf_counter()
            async with first.transaction(MUNICIPALITY) as tx:
                tx.emit(_fact())
                fact = tx.facts[-1]
            events = core.inbox.decode([Message(fact.topic, 0, 0, fact.key.encode(), fact.payload)])
            await core.inbox.handle_batch(events)
            ours.append((time.perf_counter() - started) * 1000)
            bare.append(await _bare_ms(one, other))
    finally:
        await asyncio.gather(first.close(), following.close(), one.close(), other.close())
    return statistics.median(ours), statistics.median(bare)


async def _bare_ms(first: asyncpg.Connection, following: asyncpg.Connection) -> float:
    fact = write_event(_fact(), municipality=MUNICIPALITY)
    started = time.perf_counter()
    async with first.transaction():
        await first.execute("SELECT set_config('app.municipality', $1, true)", MUNICIPALITY)
        await outbox.append(first, [fact])
    async with following.transaction():
        await following.fetch(MARK, [fact.event_id], MUNICIPALITY)
        await following.execute(_EFFECT, fact.event_id, UUID(fact.key))
    return (time.perf_counter() - started) * 1000


def _fact() -> CandidateWithdrawn:
    return CandidateWithdrawn(person_id=uuid4(), withdrawn_on=date(2026, 7, 1))


async def one_pass(where: Stage) -> tuple[float, float, float, float]:
    """Milliseconds: p50, p99, the two transactions alone, and their bare statements."""
    alone, bare = await alone_ms(where)
    url_first, url_next = await where.database("bench_first"), await where.database("bench_next")
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.latency",
        url_next,
        where.bootstrap_servers,
        str(int(where.is_embedded)),
        str(WARM_EVENTS + EVENTS),
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdout is not None  # noqa: S101 - it was asked for as a pipe
    await other.stdout.readline()
    told = await first_service(url_first, where.bootstrap_servers, is_embedded=where.is_embedded)
    output, _ = await other.communicate()
    committed = json.loads(output)
    waited = sorted((committed[event_id] - at) / 1e6 for event_id, at in list(told.items())[WARM_EVENTS:])
    return statistics.median(waited), waited[int(len(waited) * 0.99)], alone, bare


def run(where: Stage, passes: int, name: str) -> list[Figure]:
    """The lines for build/bench.json; p99 stands beside p50 as its peer."""
    seen = [as_service(one_pass(where)) for _ in range(passes)]
    p50, p99, floor, bare = (statistics.median(column) for column in zip(*seen, strict=True))
    to_floor = statistics.median(one[0] / one[2] for one in seen)
    to_bare = statistics.median(one[0] / one[3] for one in seen)
    to_p50 = statistics.median(one[1] / one[0] for one in seen)
    spread50 = f"{min(one[0] for one in seen):.3g}..{max(one[0] for one in seen):.3g} over {passes}"
    spread99 = f"{min(one[1] for one in seen):.3g}..{max(one[1] for one in seen):.3g} over {passes}"
    return [
        Figure(f"commit to effect, p50, {name}", p50, "ms", floor, to_floor, BARE.format(bare), to_bare, spread50),
        Figure(f"commit to effect, p99, {name}", p99, "ms", floor, p99 / floor, "p50", to_p50, spread99),
    ]


if __name__ == "__main__":
    _, database_url, servers, embedded, number_of_events = sys.argv
    effects = as_service(next_service(database_url, servers, is_embedded=embedded == "1", count=int(number_of_events)))
    sys.stdout.write(json.dumps(effects))
