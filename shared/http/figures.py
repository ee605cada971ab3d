"""What operators read without a token, counted at most once in a while for however many ask."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final, Generic, TypeVar

from prometheus_client import CollectorRegistry

from shared.messaging.runtime import Messaging
from shared.observability.metrics import exposition

COUNT_SECONDS_MAX: Final = 3.0
STATUS_SECONDS_MIN: Final = 0.1

Result = TypeVar("Result")
Count = Callable[[], Awaitable[Any]]


class SharedResult(Generic[Result]):
    """Makes a result for all who ask at the same time, and begins at most once in `seconds_min`."""

    def __init__(self, make: Callable[[], Awaitable[Result]], seconds_min: float) -> None:
        self._make = make
        self._seconds_min = seconds_min
        self._began_seconds = float("-inf")
        self._made: list[Result | Exception] = []
        self._lock = asyncio.Lock()

    async def get_recent(self) -> Result:
        """Return the last result, or a new one once it is older than the interval."""
        async with self._lock:
            if not self._made or time.monotonic() - self._began_seconds >= self._seconds_min:
                await self._renew()
            return self._read()

    async def get_fresh(self) -> Result:
        """Return a result that was begun after this call: those who wait meanwhile share it."""
        asked_seconds = time.monotonic()
        async with self._lock:
            if self._began_seconds < asked_seconds:
                await asyncio.sleep(max(0.0, self._began_seconds + self._seconds_min - asked_seconds))
                await self._renew()
            return self._read()

    async def _renew(self) -> None:
        self._began_seconds = time.monotonic()
        try:
            self._made = [await self._make()]
        except Exception as error:  # noqa: BLE001 - whoever asks gets it, with all who waited
            self._made = [error]

    def _read(self) -> Result:
        (made,) = self._made
        if isinstance(made, Exception):
            raise made
        return made


class Figures:
    """The metrics and the status of one service. `measure` sets the gauges that the service adds to the core's."""

    def __init__(
        self, registry: CollectorRegistry, messaging: Messaging | None, measure: Count | None, seconds_min: float
    ) -> None:
        self._registry = registry
        self._messaging = messaging
        self._counts: list[Count] = [messaging.measure] if messaging is not None else []
        self._counts += [measure] if measure is not None else []
        self.metrics = SharedResult(self._expose, seconds_min)
        self.status = SharedResult(self._ask_status, STATUS_SECONDS_MIN)

    async def _expose(self) -> bytes:
        """Return the text of the metrics; what cannot be counted now is not shown."""
        for count in self._counts:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(COUNT_SECONDS_MAX):
                    await count()
        return exposition(self._registry)

    async def _ask_status(self) -> dict[str, Any]:
        if self._messaging is None:
            return {}
        async with asyncio.timeout(COUNT_SECONDS_MAX):
            return asdict(await self._messaging.status())
