"""The running chain as the demo sees it: what it needs of a local run, and requests that fail with a sentence."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date
from http import HTTPStatus
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import httpx

from demo.story import OFFICE, Command
from shared.identity import Role
from shared.service_names import SERVICES, ServiceName

REQUESTS_AT_ONCE_MAX = 8
ANSWER_SECONDS_MAX = 30.0
IDLE_SECONDS_MAX = 1.0  # well before a service closes an idle connection, which would lose a request on its way
PAGE_ITEMS_MAX = 200


class DemoError(RuntimeError):
    """The demo can not go on, or its figures do not agree; the text is one sentence for a person."""


class Who(NamedTuple):
    """In which role, where and as whom something is asked."""

    role: Role
    municipality: str
    by: str = OFFICE


class Run(Protocol):
    """What the demo needs of a local run."""

    def address(self, service: str) -> str: ...
    def token(self, role: str, municipality: str, *, subject: str) -> str: ...
    def database_url(self, service: str) -> str: ...
    def publish_days(self, days: Sequence[date], municipality: str | None = None) -> object: ...
    def wait_until_drained(self, deadline_seconds: float) -> None: ...


class Chain:
    """The four services over HTTP. Connections are kept; at most REQUESTS_AT_ONCE_MAX requests are open."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tokens: dict[Who, str] = {}
        self._clients: dict[ServiceName, httpx.AsyncClient] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(
            max_connections=REQUESTS_AT_ONCE_MAX,
            max_keepalive_connections=REQUESTS_AT_ONCE_MAX,
            keepalive_expiry=IDLE_SECONDS_MAX,
        )
        for service in SERVICES:
            client = httpx.AsyncClient(
                base_url=f"{self._run.address(service)}/v1/", limits=limits, timeout=ANSWER_SECONDS_MAX, trust_env=False
            )
            self._clients[service] = await self._open.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def send(self, command: Command, recalled: Mapping[str, Any]) -> Any:
        """The service's answer; DemoError when it is refused."""
        body = {**command.body, **recalled}
        who = Who(command.role, command.municipality, command.by)
        what = f"The {command.step} of {command.day}"
        return (await self._ask(command.method, command.service, command.path, who, what, json=body)).json()

    async def post(self, service: ServiceName, path: str, who: Who, body: Mapping[str, Any]) -> Any:
        """What comes of something that no plan could know, such as a run that the calendar proposed."""
        return (await self._ask("POST", service, path, who, f"Posting {service}{path}", json=body)).json()

    async def post_xml(self, service: ServiceName, path: str, who: Who, content: str) -> Any:
        """What a service makes of a file of the bank."""
        sent = {"content": content.encode(), "headers": {"content-type": "application/xml"}}
        return (await self._ask("POST", service, path, who, f"Posting {service}{path}", **sent)).json()

    async def content(self, service: ServiceName, path: str, who: Who) -> bytes:
        """A file as it is."""
        return (await self._ask("GET", service, path, who, f"Reading {service}{path}")).content

    async def get(self, service: ServiceName, path: str, role: Role, municipality: str, **query: str | int) -> Any:
        """The document at a path."""
        who = Who(role, municipality)
        return (await self._ask("GET", service, path, who, f"Reading {service}{path}", params=query)).json()

    async def items(
        self, service: ServiceName, path: str, role: Role, municipality: str, **query: str | int
    ) -> list[dict[str, Any]]:
        """Everything in a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(service, path, role, municipality, limit=PAGE_ITEMS_MAX, **query, **cursor)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def _ask(
        self, method: str, service: ServiceName, path: str, who: Who, what: str, **sent: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token(who)}", **sent.pop("headers", {})}
        try:
            # Relative, so that it stays below the address's own path.
            response = await self._clients[service].request(method, path.removeprefix("/"), headers=headers, **sent)
        except httpx.HTTPError as problem:
            reason = str(problem) or type(problem).__name__
            raise DemoError(f"{what} got no answer from {service} ({reason}): look at that service's log.") from None
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise DemoError(f"{what} was refused by {service}: {_reason(response)}")
        return response

    def _token(self, who: Who) -> str:
        if who not in self._tokens:
            self._tokens[who] = self._run.token(who.role, who.municipality, subject=who.by)
        return self._tokens[who]


def _reason(response: httpx.Response) -> str:
    """The sentences of a problem document, or the status when it is none."""
    try:
        problem = response.json()
        faults = [f"{fault['field']}: {fault['message']}" for fault in problem.get("errors", ())]
        return " ".join([str(problem.get("detail", problem["title"])), *faults])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
