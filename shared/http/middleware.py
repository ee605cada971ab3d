"""The HTTP middleware of every service: one trace span, one log line and one count per request, and the headers that
the NLGov API Design Rules prescribe. An uncaught exception becomes a problem response here.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from opentelemetry.trace import Span, SpanKind
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors.problems import Problem, bad_input, conflict, unavailable, unexpected
from shared.http.disclosing import Discloser
from shared.http.openapi import API_VERSION_HEADER
from shared.messaging.handling import is_transient
from shared.observability.metrics import HttpMetrics, closed_method
from shared.observability.tracing import span_from

_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNSTORABLE_TEXT: Final = frozenset({"22021", "22P05"})  # JSON allows NUL in a text, PostgreSQL does not
_UNIQUE_VIOLATION: Final = "23505"
_log = structlog.get_logger("meedoen.http")


@dataclass(frozen=True)
class EdgeOptions:
    """`version` is the API's; `document_path` is open to every origin (CORS), nothing else is.

    `larger_bodies` are paths whose bodies may be larger than `body_bytes_max`, each with its own limit.
    """

    version: str
    body_bytes_max: int
    document_path: str
    metrics: HttpMetrics
    larger_bodies: Mapping[str, int] = field(default_factory=dict)
    discloser: Discloser | None = None

    def bytes_max(self, path: str) -> int:
        return self.larger_bodies.get(path, self.body_bytes_max)


class _Exchange:
    """One request and the state of its response."""

    def __init__(self, scope: Scope, send: Send, options: EdgeOptions) -> None:
        self.scope = scope
        self.status: int | None = None
        self._send = send
        self._options = options

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _fixed_headers(self._options).items():
                headers[name] = value
            if self.scope["path"] == self._options.document_path:
                headers["Access-Control-Allow-Origin"] = "*"
        await self._send(message)

    @property
    def route(self) -> str | None:
        """Return the template of the route that matched, such as /v1/candidates/{candidate_id}; None if none did."""
        context = self.scope.get("fastapi", {}).get("effective_route_context") or self.scope.get("route")
        return getattr(context, "path_format", None)


class Edge:
    """The ASGI middleware; health and metrics requests get the headers and nothing more."""

    def __init__(self, app: ASGIApp, options: EdgeOptions) -> None:
        limits = {options.body_bytes_max, *options.larger_bodies.values()}
        self._apps = {bytes_max: RequestBodyLimitMiddleware(app, bytes_max) for bytes_max in limits}
        self._app = self._apps[options.body_bytes_max]
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._options)
        if scope["path"] in _QUIET:
            await self._respond(exchange, receive)
            return
        began = time.perf_counter()
        with span_from(
            Headers(scope=scope).get("traceparent"), closed_method(scope["method"]), kind=SpanKind.SERVER
        ) as span:
            await self._respond(exchange, receive)
            self._record(exchange, span, time.perf_counter() - began)

    async def _respond(self, exchange: _Exchange, receive: Receive) -> None:
        """Answer the request whatever happens, unless a response has begun already."""
        try:
            bytes_max = self._options.bytes_max(exchange.scope["path"])
            _refuse_large(exchange.scope, bytes_max)
            send: Send = exchange.send
            if (discloser := self._options.discloser) and exchange.scope["path"] not in _QUIET:
                discloser.require_room()
                send = discloser.wrap(exchange.scope, exchange.send)
            await self._apps[bytes_max](exchange.scope, receive, send)
        except Exception as error:
            problem = _to_problem(error)
            if exchange.status is not None:
                raise
            await problem.response()(exchange.scope, receive, exchange.send)

    def _record(self, exchange: _Exchange, span: Span, seconds: float) -> None:
        method, route, status = closed_method(exchange.scope["method"]), exchange.route, exchange.status or 500
        self._options.metrics.observe(method, route, status, seconds)
        span.update_name(f"{method} {route or 'unknown'}")
        span.set_attributes({"http.request.method": method, "http.response.status_code": status})
        if route:
            span.set_attribute("http.route", route)
        fields: dict[str, Any] = {"method": method, "route": route or "unknown", "status": status}
        _log.info("request_answered", **fields, duration_ms=round(seconds * 1000, 1))


def _to_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if _is_database_away(error):
        _log.warning("request_failed_on_dependency", error_type=type(error).__name__)
        return unavailable("The database")
    if _sqlstate(error) in _UNSTORABLE_TEXT:
        return bad_input("body", "unkeepable_text", "A text holds the character NUL: leave it out.")
    if _sqlstate(error) == _UNIQUE_VIOLATION:
        _log.warning("request_lost_race", error_type=type(error).__name__)
        return conflict("Another request recorded the same at this moment: read what is there, then decide again.")
    _log.error("request_failed_unexpectedly", exc_info=error)
    return unexpected()


def _is_database_away(error: Exception) -> bool:
    """Return whether the database is away. Connecting fails with bare OSErrors; those of files have a filename."""
    if isinstance(error, OSError):
        return error.filename is None
    return isinstance(error, (PoolTimeoutError, InterfaceError)) or is_transient(error)


def _sqlstate(error: Exception) -> str | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state


def _refuse_large(scope: Scope, bytes_max: int) -> None:
    """Refuse by the content length; a body without one is counted while it comes in."""
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise Problem(413, "Too large", f"The body is larger than {bytes_max} bytes: send less at a time.")


def _fixed_headers(options: EdgeOptions) -> dict[str, str]:
    return {
        API_VERSION_HEADER: options.version,
        "Cache-Control": "no-store",
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
