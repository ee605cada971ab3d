"""The HTTP server of a service: uvicorn, with the limits that it lacks on connections that send or read too slowly.

A connection that has not sent a whole header is closed after a while, and the oldest of them first when there are too
many, so that those who only hold connections do not keep out those who ask something. uvicorn's own limit would answer
503 to everybody instead.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.settings import ServiceSettings


@dataclass(frozen=True)
class ConnectionLimits:
    """What connections may do. `waiting` are those without a whole header, the oldest first."""

    connections_max: int
    header_seconds_max: float
    answer_seconds_max: float
    waiting: dict["LimitedProtocol", None] = field(default_factory=dict)


class LimitedProtocol(H11Protocol):
    """One connection of uvicorn, within limits of time and number."""

    def __init__(self, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._header_timer: asyncio.TimerHandle | None = None
        self._reader_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._await_header()
        if len(self.connections) > self._limits.connections_max:
            next(iter(self._limits.waiting)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_header()
        self._end_reading()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering:
            self._end_header()
        elif self._header_timer is None and self.timeout_keep_alive_task is None:
            self._await_header()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_reading()
        self._reader_timer = self.loop.call_later(self._limits.answer_seconds_max, self.transport.abort)

    def resume_writing(self) -> None:
        self._end_reading()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close it, and do not wait for ever until the last response was read."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(self._limits.answer_seconds_max, self.transport.abort)

    def _await_header(self) -> None:
        self._limits.waiting[self] = None
        self._header_timer = self.loop.call_later(self._limits.header_seconds_max, self.transport.abort)

    def _end_header(self) -> None:
        self._limits.waiting.pop(self, None)
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _end_reading(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None


def build_options(settings: ServiceSettings) -> dict[str, Any]:
    """Return uvicorn's options by the settings, with the limited protocol among them."""
    limits = ConnectionLimits(
        settings.http_connections_max, settings.http_header_seconds_max, settings.http_answer_seconds_max
    )
    return {
        "host": settings.http_host,
        "port": settings.http_port,
        "http": partial(LimitedProtocol, limits),
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ws": "none",
        "backlog": settings.http_connections_max,  # the kernel lowers it to its own limit
        "h11_max_incomplete_event_size": settings.http_header_bytes_max,
        "timeout_keep_alive": settings.http_idle_seconds_max,
        "timeout_graceful_shutdown": int(settings.shutdown_drain_seconds_max),
    }


def run_server(app: Any, settings: ServiceSettings) -> None:
    """Answer requests in this process until SIGTERM or SIGINT."""
    uvicorn.run(app, lifespan="on", **build_options(settings))
