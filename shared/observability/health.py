"""Health checks: each dependency is probed continuously, and the endpoints report the last result.

A probe without an answer in time is red; a hanging dependency cannot hang the endpoints or pile up probes. Liveness
means that the process runs; readiness means that it can do its work now.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from prometheus_client import Gauge

Probe = Callable[[], Awaitable[None]]
_log = structlog.get_logger("meedoen.health")


class NotReadyError(Exception):
    """A dependency answers and is not usable; the sentence says why."""


@dataclass
class _ProbeResult:
    """The last result of one probe; red before the first."""

    up: bool = False
    reason: str = "not probed yet"


@dataclass
class Health:
    """Runs `probes`, by name: each returns if its dependency is usable and raises if it is not."""

    probes: Mapping[str, Probe]
    every_seconds: float
    timeout_seconds: float
    gauge: Gauge
    _results: dict[str, _ProbeResult] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._results = {name: _ProbeResult() for name in self.probes}
        self._tasks = [asyncio.create_task(self._watch(name), name=f"health-{name}") for name in self.probes]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._results.clear()

    @property
    def ready(self) -> bool:
        return bool(self._results) and all(result.up for result in self._results.values())

    def report(self) -> dict[str, Any]:
        """Return `{"status": "ready" | "not_ready", "checks": {name: {"up": bool, "reason": str}}}`."""
        checks = {
            name: {"up": True} if result.up else {"up": False, "reason": result.reason}
            for name, result in self._results.items()
        }
        return {"status": "ready" if self.ready else "not_ready", "checks": checks}

    async def _watch(self, name: str) -> None:
        while True:
            probe = asyncio.create_task(_run_probe(self.probes[name]))
            try:
                done, _ = await asyncio.wait({probe}, timeout=self.timeout_seconds)
                self._record(name, probe.result() if done else "no answer in time")
                if not done:
                    probe.cancel()
                    await asyncio.wait({probe})  # one probe at a time, however long this one takes to end
            except asyncio.CancelledError:
                probe.cancel()
                raise
            await asyncio.sleep(self.every_seconds)

    def _record(self, name: str, failure: str | None) -> None:
        result = self._results[name]
        if result.up != (failure is None):
            log = _log.info if failure is None else _log.warning
            log("dependency_changed", check=name, up=failure is None, reason=failure)
        self._results[name] = _ProbeResult(failure is None, failure or "")
        self.gauge.labels(name).set(failure is None)


async def _run_probe(probe: Probe) -> str | None:
    """Return None if the probe succeeds, else the reason, without the message of foreign errors."""
    try:
        await probe()
    except NotReadyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - any failure is the result of the probe
        return f"not reachable ({type(error).__name__})"
    return None


class DatabaseProbe:
    """Queries the database over a connection of its own, so that a busy pool does not look like a lost database.

    `connect` is the pool's own way to connect: what lets the probe in lets requests in, and the reverse.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], *, timeout_seconds: float) -> None:
        self._connect = connect
        self._timeout_seconds = timeout_seconds
        self._connection: asyncpg.Connection | None = None

    async def __call__(self) -> None:
        try:
            if self._connection is None:
                async with asyncio.timeout(self._timeout_seconds):
                    self._connection = await self._connect()
            await self._connection.fetchval("SELECT 1", timeout=self._timeout_seconds)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Drop the connection without waiting for the server."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.terminate()
            self._connection = None
