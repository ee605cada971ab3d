"""A whole service in the process of the test: the real application, started and stopped, called over HTTP.

Its database is real. Its broker is optional: without one the service answers HTTP, and what it publishes stays in its
outbox, where `list_published` reads it.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from shared.database.transactions import Database
from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE as EVENT_CONTENT_TYPE
from shared.events.envelope import Envelope, read_data, read_event


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


@contextlib.asynccontextmanager
async def run_service(app: FastAPI, headers: Mapping[str, str] | None = None) -> AsyncIterator[RunningService]:
    """Start the application, yield a client that sends these headers, and stop it in order."""
    async with app.router.lifespan_context(app), RunningService(app, headers or {}) as client:
        yield client


async def list_published(database: Database) -> list[PublishedEvent]:
    """Return the events in the outbox of a service, each read through the contract."""
    async with database.transaction(None) as tx:
        rows = await (await tx.driver()).fetch("SELECT payload FROM messaging.outbox ORDER BY position")
    envelopes = [read_event(row["payload"], {"content-type": EVENT_CONTENT_TYPE}) for row in rows]
    return [PublishedEvent(envelope, read_data(envelope)) for envelope in envelopes]
