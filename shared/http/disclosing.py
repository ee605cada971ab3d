"""Every answer that is about somebody goes through here on its way out, and into the access log first."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope, Send

from shared.database.access_log import AccessLine, AccessLog, now
from shared.errors.problems import unavailable
from shared.http.disclosure import Disclosure, find_disclosure
from shared.http.requests import Caller, find_route

_JSON = b"application/json"
_NAMED_BY = "__meedoen_named_by__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def discloses_by(parameter: str) -> Callable[[Endpoint], Endpoint]:
    """Mark a route whose answer is about many and is no JSON: its log line has them by a parameter of the path."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NAMED_BY, parameter)
        return endpoint

    return mark


def disclosure_of(context: Any) -> Disclosure:
    """Return whom the answers of a route are about, from the framework's description of the route."""
    named_by = getattr(context.endpoint, _NAMED_BY, None)
    return find_disclosure(context.path_format, context.response_model, named_by)


class Discloser:
    """Adds a line to the log of a service for each of its answers that is about somebody."""

    def __init__(self, log: AccessLog) -> None:
        self._log = log
        self._disclosures: dict[Any, Disclosure] = {}

    def require_room(self) -> None:
        """Raise the 503 problem while lines cannot be written: nobody is shown what cannot be logged."""
        if self._log.is_full:
            raise unavailable("The access log")

    def wrap(self, scope: Scope, send: Send) -> Send:
        """Return a `send` that holds a response back until its line is in the log."""
        held_back: list[Message] = []

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start" and self._is_about_somebody(scope, message["status"]):
                held_back.append(message)
                return
            if held_back:
                start = held_back.pop()
                self._log.add(self._write_line(scope, start, message))
                await send(start)
            await send(message)

        return send_logged

    def _is_about_somebody(self, scope: Scope, status: int) -> bool:
        return (
            HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
            and bool(self._find_disclosure(scope))
            and _find_caller(scope) is not None
        )

    def _find_disclosure(self, scope: Scope) -> Disclosure:
        context = find_route(HTTPConnection(scope))
        if context is None or not hasattr(context, "response_model"):
            return Disclosure()
        key = (scope["method"], context.path_format)
        if key not in self._disclosures:
            self._disclosures[key] = disclosure_of(context)
        return self._disclosures[key]

    def _write_line(self, scope: Scope, start: Message, body: Message) -> AccessLine:
        disclosure, caller = self._find_disclosure(scope), _find_caller(scope)
        assert caller is not None  # noqa: S101 - looked at before the response was held back
        answer = None
        if disclosure.fields and body["body"] and _is_json(start):
            answer = msgspec.json.decode(body["body"])
        return AccessLine(
            now(),
            caller.municipality,
            caller.subject,
            tuple(sorted(caller.roles)),
            f"{scope['method']} {scope['path']}",
            tuple(disclosure.find_ids(scope["path_params"], answer)),
        )


def _find_caller(scope: Scope) -> Caller | None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    return caller


def _is_json(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(_JSON) for name, value in start["headers"])
