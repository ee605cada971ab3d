"""Health answers from what was seen, and a dependency that hangs can hold up neither the probe nor the next look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Gauge

from shared.observability.health import Health, NotReadyError
from shared.testing import eventually

REGISTRY_NAME = "dependency_up"


class Dependency:
    """Something that is up, says no, fails, or hangs."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.hangs = False
        self.at_once = 0
        self.at_once_max = 0

    async def __call__(self) -> None:
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            while self.hangs:
                try:
                    await asyncio.wait_for(asyncio.Event().wait(), 0.05)
                except (TimeoutError, asyncio.CancelledError):
                    continue  # it does not even end when it is cancelled
        finally:
            self.at_once -= 1
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def watched(**probes: Callable[[], Awaitable[None]]) -> AsyncIterator[Health]:
    gauge = Gauge(REGISTRY_NAME, "up", ("check",), registry=CollectorRegistry())
    health = Health(probes, every_seconds=0.01, timeout_seconds=0.05, gauge=gauge)
    health.start()
    yield health
    await health.stop()


async def test_it_is_red_until_everything_was_seen_up() -> None:
    database, broker = Dependency(), Dependency()
    broker.failure = ConnectionRefusedError("host db.internal")
    async with watched(database=database, broker=broker) as health:
        assert not health.ready
        await eventually(lambda: health.report()["checks"]["database"]["up"])
        assert health.report() == {
            "status": "not_ready",
            "checks": {
                "database": {"up": True},
                "broker": {"up": False, "reason": "not reachable (ConnectionRefusedError)"},
            },
        }
        broker.failure = None
        await eventually(lambda: health.ready)


async def test_it_turns_red_with_the_reason_and_green_again() -> None:
    broker = Dependency()
    async with watched(broker=broker) as health:
        await eventually(lambda: health.ready)
        broker.failure = NotReadyError("no broker answers")
        await eventually(lambda: not health.ready)
        assert health.report()["checks"]["broker"]["reason"] == "no broker answers"
        broker.failure = None
        await eventually(lambda: health.ready)


async def test_a_dependency_that_hangs_is_red_and_is_asked_once_at_a_time() -> None:
    database = Dependency()
    async with watched(database=database) as health:
        await eventually(lambda: health.ready)
        database.hangs = True
        await eventually(lambda: not health.ready)
        assert health.report()["checks"]["database"]["reason"] == "no answer in time"
        database.hangs = False
        await eventually(lambda: health.ready)
    assert database.at_once_max == 1


async def test_before_it_starts_and_after_it_stops_it_is_red() -> None:
    async with watched(database=Dependency()) as health:
        await eventually(lambda: health.ready)
    assert not health.ready
