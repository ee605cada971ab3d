"""A whole service in the process of the test: the real application, started and stopped, called over HTTP.

Its database is real. Its broker is optional: without one the service answers HTTP, and what it publishes stays in its
outbox, where `list_published` reads it.
"""

import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from shared.database.address import CONNECT_SECONDS_MAX
from shared.database.tenancy import auditor_role, operator_role
from shared.database.transactions import Database
from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE as EVENT_CONTENT_TYPE
from shared.events.envelope import Envelope, read_data, read_event

if importlib.util.find_spec("sniffio") is None:
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # httpx looks for it again at every request


@dataclass(frozen=True)
class PublishedEvent:
    """One event in the outbox."""

    envelope: Envelope
    data: EventData


class RunningService(httpx.AsyncClient):
    """An HTTP client of one running service; paths are those of the OpenAPI document, below /v1."""

    def __init__(self, app: FastAPI, headers: Mapping[str, str]) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://service/v1", headers=headers)
        self.app = app
        self.database: Database = app.state.database

    async def list_published(self) -> list[PublishedEvent]:
        """Return every event that the service has published so far, in the order of commits."""
        return await list_published(self.database)

    async def list_access(self) -> list[Any]:
        """Return every line of the service's access log, as its auditors see it, once all so far are written."""
        await self.app.state.access_log.drain()
        query = "SELECT * FROM audit.access_line ORDER BY position"
        return await _fetch_as(auditor_role, self.database, query)


@contextlib.asynccontextmanager
async def run_service(app: FastAPI, headers: Mapping[str, str] | None = None) -> AsyncIterator[RunningService]:
    """Start the application, yield a client that sends these headers, and stop it in order."""
    async with app.router.lifespan_context(app), RunningService(app, headers or {}) as client:
        yield client


async def list_published(database: Database) -> list[PublishedEvent]:
    """Return the events in the outbox of a service, of all municipalities, each read through the contract."""
    rows = await fetch_as_operator(database, "SELECT payload FROM messaging.outbox ORDER BY position")
    envelopes = [read_event(row["payload"], {"content-type": EVENT_CONTENT_TYPE}) for row in rows]
    return [PublishedEvent(envelope, read_data(envelope)) for envelope in envelopes]


async def fetch_as_operator(database: Database, query: str, *values: Any) -> list[Any]:
    """Return what an operator sees of the messaging core: the service itself sees one municipality at a time."""
    return await _fetch_as(operator_role, database, query, *values)


async def _fetch_as(role: Callable[[str], str], database: Database, query: str, *values: Any) -> list[Any]:
    address = database.address.at(user=role(database.service))
    connection = await address.connect(timeout_seconds=CONNECT_SECONDS_MAX)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()
