"""A whole service in the test's own process: the real application, started and stopped, asked over HTTP.

Its database is real. Its broker is optional: without one the service answers HTTP and keeps what it tells in its
outbox, where `told` reads it.
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
class Told:
    """One fact in the outbox."""

    envelope: Envelope
    data: EventData


class RunningService(httpx.AsyncClient):
    """An HTTP client of one running service; paths are as the document gives them, below /v1."""

    def __init__(self, app: FastAPI, headers: Mapping[str, str]) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://service/v1", headers=headers)
        self.app = app
        self.database: Database = app.state.database

    async def told(self) -> list[Told]:
        """Everything the service has told so far, in the order in which it committed."""
        return await told(self.database)


@contextlib.asynccontextmanager
async def running(app: FastAPI, headers: Mapping[str, str] | None = None) -> AsyncIterator[RunningService]:
    """Start the application, give a client that sends these headers, and stop it in order."""
    async with app.router.lifespan_context(app), RunningService(app, headers or {}) as client:
        yield client


async def told(database: Database) -> list[Told]:
    """The facts in a service's outbox, each read back through the contract."""
    async with database.transaction(None) as tx:
        rows = await (await tx.driver()).fetch("SELECT payload FROM messaging.outbox ORDER BY position")
    envelopes = [read_event(row["payload"], {"content-type": EVENT_CONTENT_TYPE}) for row in rows]
    return [Told(envelope, read_data(envelope)) for envelope in envelopes]
