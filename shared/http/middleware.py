"""The HTTP middleware of every service: one trace span, one log line and one count per request, and the headers that
the NLGov API Design Rules prescribe. An uncaught exception becomes a problem response here.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

import structlog
from opentelemetry.trace import Span, SpanKind
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors.problems import Problem, RefusedBodyError, bad_input, conflict, unavailable, unexpected
from shared.http.bodies import LEFT_SECONDS_MAX, BodyLimits, IncomingBody
from shared.http.disclosing import Discloser
from shared.http.openapi import API_VERSION_HEADER
from shared.http.requests import find_route
from shared.messaging.handling import is_transient
from shared.observability.metrics import HttpMetrics, closed_method
from shared.observability.tracing import span_from

PIECE_BYTES: Final = 65_536
_QUIET: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_UNSTORABLE_TEXT: Final = frozenset({"22021", "22P05"})  # JSON allows NUL in a text, PostgreSQL does not
_UNIQUE_VIOLATION: Final = "23505"
_FOREIGN_KEY_VIOLATION: Final = "23503"
_log = structlog.get_logger("meedoen.http")


@dataclass(frozen=True)
class EdgeOptions:
    """`version` is the API's; `document_path` is open to every origin (CORS), nothing else is."""

    version: str
    document_path: str
    metrics: HttpMetrics
    bodies: BodyLimits
    discloser: Discloser | None = None


class _Exchange:
    """One request and the state of its response."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, options: EdgeOptions) -> None:
        self.scope = scope
        self.status: int | None = None
        self.body = IncomingBody(scope, receive, options.bodies)
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
            await self.body.throw_away(0)
            if not self.body.is_complete:
                headers["Connection"] = "close"
            await self._send(message)
        else:
            await self._send_pieces(message)

    async def _send_pieces(self, message: Message) -> None:
        """Send in pieces, so that a slow reader makes the server hold one of them and not the whole response.

        The end of it waits while the rest of a body that nobody reads comes in: closed at once, the connection would
        be reset, and the caller would not see the response.
        """
        content, has_more = message.get("body", b""), message.get("more_body", False)
        if self.body.is_complete and len(content) <= PIECE_BYTES:
            await self._send(message)
            return
        for at in range(0, len(content), PIECE_BYTES):
            await self._send({**message, "body": content[at : at + PIECE_BYTES], "more_body": True})
        if not has_more:
            if not self.body.is_complete:
                await self.body.throw_away(LEFT_SECONDS_MAX)
            await self._send({**message, "body": b"", "more_body": False})

    @property
    def route(self) -> str | None:
        """Return the template of the route that matched, such as /v1/candidates/{candidate_id}; None if none did."""
        return getattr(find_route(HTTPConnection(self.scope)), "path_format", None)


class Edge:
    """The ASGI middleware; health and metrics requests get the headers and nothing more."""

    def __init__(self, app: ASGIApp, options: EdgeOptions) -> None:
        self._app = app
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._options)
        if scope["path"] in _QUIET:
            await self._respond(exchange)
            return
        began = time.perf_counter()
        with span_from(
            Headers(scope=scope).get("traceparent"), closed_method(scope["method"]), kind=SpanKind.SERVER
        ) as span:
            await self._respond(exchange)
            self._record(exchange, span, time.perf_counter() - began)

    async def _respond(self, exchange: _Exchange) -> None:
        """Answer the request whatever happens, unless a response has begun already."""
        try:
            send: Send = exchange.send
            if (discloser := self._options.discloser) and exchange.scope["path"] not in _QUIET:
                discloser.require_room()
                send = discloser.wrap(exchange.scope, exchange.send)
            await self._app(exchange.scope, exchange.body.receive, send)
        except Exception as error:
            problem = _to_problem(error)
            if exchange.status is not None:
                raise
            await problem.response()(exchange.scope, exchange.body.receive, exchange.send)
        finally:
            exchange.body.release()

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
    if isinstance(error, RefusedBodyError):
        return error.problem
    if _is_database_away(error):
        _log.warning("request_failed_on_dependency", error_type=type(error).__name__)
        return unavailable("The database")
    if (problem := _refuse_as_database_did(error)) is not None:
        return problem
    _log.error("request_failed_unexpectedly", exc_info=error)
    return unexpected()


def _refuse_as_database_did(error: Exception) -> Problem | None:
    """Return the problem of what PostgreSQL refused to keep; None if it refused nothing of the caller's."""
    state = _sqlstate(error)
    if state in _UNSTORABLE_TEXT:
        return bad_input("body", "unkeepable_text", "A text holds the character NUL: leave it out.")
    if state == _FOREIGN_KEY_VIOLATION:
        return bad_input(
            "body", "unknown_reference", "Something that this names is not known in your municipality: check its ids."
        )
    if state == _UNIQUE_VIOLATION:
        _log.warning("request_lost_race", error_type=type(error).__name__)
        return conflict(
            "lost_race", "Another request recorded the same at this moment: read what is there, then decide again."
        )
    return None


def _is_database_away(error: Exception) -> bool:
    """Return whether the database is away. Connecting fails with bare OSErrors; those of files have a filename."""
    if isinstance(error, OSError):
        return error.filename is None
    return isinstance(error, (PoolTimeoutError, InterfaceError)) or is_transient(error)


def _sqlstate(error: Exception) -> str | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state


def _fixed_headers(options: EdgeOptions) -> dict[str, str]:
    return {
        API_VERSION_HEADER: options.version,
        "Cache-Control": "no-store",
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
