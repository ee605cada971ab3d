"""The running chain as the demo uses it: what it needs of a local run, and requests that fail with a sentence."""

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
    """The demo cannot continue, or its figures do not agree; the text is one sentence for a person."""


class Requester(NamedTuple):
    """Who sends a request: the role, the municipality and the user."""

    role: Role
    municipality: str
    user: str = OFFICE


class Run(Protocol):
    """What the demo needs of a local run."""

    def address(self, service: str) -> str: ...
    def token(self, role: str, municipality: str, *, subject: str) -> str: ...
    def database_url(self, service: str) -> str: ...

    def operator_url(self, service: str) -> str: ...
    def publish_days(self, days: Sequence[date], municipality: str | None = None) -> object: ...
    def wait_until_drained(self, deadline_seconds: float) -> None: ...


class Chain:
    """The four services over HTTP. Connections are kept; at most REQUESTS_AT_ONCE_MAX requests are open."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tokens: dict[Requester, str] = {}
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
        """Return the service's answer, None if it has no body; DemoError if the command is refused."""
        body = {**command.body, **recalled}
        requester = Requester(command.role, command.municipality, command.user)
        action = f"The {command.step} of {command.day}"
        return _read(await self._request(command.method, command.service, command.path, requester, action, json=body))

    async def post(self, service: ServiceName, path: str, requester: Requester, body: Mapping[str, Any]) -> Any:
        """Post what no plan can know, such as a step of a run that the calendar proposed, and return the answer."""
        return _read(await self._request("POST", service, path, requester, f"Posting {service}{path}", json=body))

    async def post_xml(self, service: ServiceName, path: str, requester: Requester, content: str) -> Any:
        """Post a file of the bank and return the service's answer."""
        options = {"content": content.encode(), "headers": {"content-type": "application/xml"}}
        return (await self._request("POST", service, path, requester, f"Posting {service}{path}", **options)).json()

    async def download(self, service: ServiceName, path: str, requester: Requester) -> bytes:
        """Return a file, byte for byte."""
        return (await self._request("GET", service, path, requester, f"Reading {service}{path}")).content

    async def get(self, service: ServiceName, path: str, role: Role, municipality: str, **query: str | int) -> Any:
        """Return the document at a path."""
        requester = Requester(role, municipality)
        return (await self._request("GET", service, path, requester, f"Reading {service}{path}", params=query)).json()

    async def list_items(
        self, service: ServiceName, path: str, role: Role, municipality: str, **query: str | int
    ) -> list[dict[str, Any]]:
        """Return every item of a list, page after page."""
        result: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(service, path, role, municipality, limit=PAGE_ITEMS_MAX, **query, **cursor)
            result += page["items"]
            if page["next_cursor"] is None:
                return result
            cursor = {"cursor": page["next_cursor"]}

    async def _request(
        self, method: str, service: ServiceName, path: str, requester: Requester, action: str, **options: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token(requester)}", **options.pop("headers", {})}
        try:
            # Relative, so that it stays below the address's own path.
            response = await self._clients[service].request(method, path.removeprefix("/"), headers=headers, **options)
        except httpx.HTTPError as problem:
            reason = str(problem) or type(problem).__name__
            raise DemoError(f"{action} got no answer from {service} ({reason}): see that service's log.") from None
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise DemoError(f"{action} was refused by {service}: {_reason(response)}")
        return response

    def _token(self, requester: Requester) -> str:
        if requester not in self._tokens:
            self._tokens[requester] = self._run.token(requester.role, requester.municipality, subject=requester.user)
        return self._tokens[requester]


def _read(response: httpx.Response) -> Any:
    return response.json() if response.content else None


def _reason(response: httpx.Response) -> str:
    """Return the sentences of a problem document, or the status if it is not one."""
    try:
        problem = response.json()
        faults = [f"{fault['field']}: {fault['message']}" for fault in problem.get("errors", ())]
        return " ".join([str(problem.get("detail", problem["title"])), *faults])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
