"""Health that tells the truth: each dependency is looked at all the time, and the probe answers from what was seen.

A look that gets no answer in time is red, and a hanging dependency can not hang the probe or pile up looks. Liveness
says that the process runs; readiness says that it can do its work now.
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
    """A dependency answered and is not usable; the sentence says how."""


@dataclass
class _Seen:
    """The last look at one dependency; before the first it is red."""

    up: bool = False
    reason: str = "not looked at yet"


@dataclass
class Health:
    """`probes` by name: each returns when its dependency is usable and raises when it is not."""

    probes: Mapping[str, Probe]
    every_seconds: float
    timeout_seconds: float
    gauge: Gauge
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self._seen = {name: _Seen() for name in self.probes}
        self._tasks = [asyncio.create_task(self._watch(name), name=f"health-{name}") for name in self.probes]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._seen.clear()

    @property
    def ready(self) -> bool:
        return bool(self._seen) and all(seen.up for seen in self._seen.values())

    def report(self) -> dict[str, Any]:
        """`{"status": "ready" | "not_ready", "checks": {name: {"up": bool, "reason": str}}}`."""
        checks = {
            name: {"up": True} if seen.up else {"up": False, "reason": seen.reason} for name, seen in self._seen.items()
        }
        return {"status": "ready" if self.ready else "not_ready", "checks": checks}

    async def _watch(self, name: str) -> None:
        while True:
            look = asyncio.create_task(_look(self.probes[name]))
            try:
                done, _ = await asyncio.wait({look}, timeout=self.timeout_seconds)
                self._note(name, look.result() if done else "no answer in time")
                if not done:
                    look.cancel()
                    await asyncio.wait({look})  # one look at a time, however long this one takes to end
            except asyncio.CancelledError:
                look.cancel()
                raise
            await asyncio.sleep(self.every_seconds)

    def _note(self, name: str, failure: str | None) -> None:
        seen = self._seen[name]
        if seen.up != (failure is None):
            tell = _log.info if failure is None else _log.warning
            tell("dependency_changed", check=name, up=failure is None, reason=failure)
        self._seen[name] = _Seen(failure is None, failure or "")
        self.gauge.labels(name).set(failure is None)


async def _look(probe: Probe) -> str | None:
    """None when all is well, else why not; the words of foreign errors stay out of the answer."""
    try:
        await probe()
    except NotReadyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a look is what the look is for
        return f"not reachable ({type(error).__name__})"
    return None


class DatabaseProbe:
    """Asks the database for an answer over a connection of its own, so that a busy pool is not taken for a lost one."""

    def __init__(self, url: str, *, service: str, timeout_seconds: float) -> None:
        self._url = url
        self._service = service
        self._timeout_seconds = timeout_seconds
        self._connection: asyncpg.Connection | None = None

    async def __call__(self) -> None:
        try:
            if self._connection is None:
                self._connection = await asyncpg.connect(
                    self._url,
                    timeout=self._timeout_seconds,
                    server_settings={"application_name": f"meedoen-{self._service}-health"},
                )
            await self._connection.fetchval("SELECT 1", timeout=self._timeout_seconds)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Let go of the connection without asking the other side."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.terminate()
            self._connection = None
