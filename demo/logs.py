"""Reads the services' own logs: the events each has published, by type. Read only; nothing is changed here."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import asyncpg

from demo.chain import Run
from shared.database.address import CONNECT_SECONDS_MAX, DatabaseAddress
from shared.service_names import SERVICES

_COUNTS = """
SELECT event->>'type' AS type, count(*) AS events
FROM (SELECT convert_from(payload, 'UTF8')::jsonb AS event FROM messaging.outbox) AS log
GROUP BY 1
"""
_EVENTS = """
SELECT event->>'type' AS type, event->>'municipality' AS municipality, event->'data' AS data
FROM (SELECT position, convert_from(payload, 'UTF8')::jsonb AS event FROM messaging.outbox) AS log
WHERE event->>'type' = ANY($1) ORDER BY position
"""

_LESSONS = "SELECT count(*) FROM lesson WHERE is_attended"
_SET_MUNICIPALITY = "SELECT set_config('app.municipality', $1, true)"


@dataclass(frozen=True)
class LoggedEvent:
    """One event of a log: its type, its municipality, and its data."""

    type: str
    municipality: str
    data: Mapping[str, Any]


class Logs:
    """One read-only connection to each service's database."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._connections: list[asyncpg.Connection] = []

    async def __aenter__(self) -> Self:
        for service in SERVICES:
            settings = {"default_transaction_read_only": "on"}
            address = DatabaseAddress.parse(self._run.operator_url(service))
            connection = await address.connect(timeout_seconds=CONNECT_SECONDS_MAX, server_settings=settings)
            self._connections.append(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections:
            await connection.close()

    async def count_by_type(self) -> Counter[str]:
        """Return how many events of each type are in the four logs."""
        counts: Counter[str] = Counter()
        for connection in self._connections:
            counts.update({row["type"]: row["events"] for row in await connection.fetch(_COUNTS)})
        return counts

    async def list_events(self, *types: str) -> list[LoggedEvent]:
        """Return every event of these types, in the order of each log."""
        rows = [row for connection in self._connections for row in await connection.fetch(_EVENTS, list(types))]
        return [LoggedEvent(row["type"], row["municipality"], json.loads(row["data"])) for row in rows]

    async def count_lessons_attended(self, municipalities: Iterable[str]) -> dict[str, int]:
        """Return the attended lessons about money, by municipality: no answer over HTTP has that number."""
        address = DatabaseAddress.parse(self._run.database_url("ontzorgen"))
        connection = await address.connect(timeout_seconds=CONNECT_SECONDS_MAX)
        lessons: dict[str, int] = {}
        try:
            for municipality in municipalities:
                async with connection.transaction(readonly=True):
                    await connection.execute(_SET_MUNICIPALITY, municipality)
                    lessons[municipality] = await connection.fetchval(_LESSONS)
        finally:
            await connection.close()
        return lessons
