"""Reading the services' own logs: what each has told, counted by type and week. Read only; nothing is changed here."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import asyncpg

from demo.chain import Run
from shared.service_names import SERVICES

_COUNTS = """
SELECT event->>'type' AS type, count(*) AS told
FROM (SELECT convert_from(payload, 'UTF8')::jsonb AS event FROM messaging.outbox) AS log
GROUP BY 1
"""
_FACTS = """
SELECT event->>'type' AS type, event->>'municipality' AS municipality, event->'data' AS data
FROM (SELECT position, convert_from(payload, 'UTF8')::jsonb AS event FROM messaging.outbox) AS log
WHERE event->>'type' = ANY($1) ORDER BY position
"""

_LESSONS = "SELECT count(*) FROM lesson WHERE is_attended"
_AS = "SELECT set_config('app.municipality', $1, true)"


@dataclass(frozen=True)
class Fact:
    """One event of a log: its type, where, and its data."""

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
            connection = await asyncpg.connect(self._run.database_url(service), server_settings=settings)
            self._connections.append(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections:
            await connection.close()

    async def counts(self) -> Counter[str]:
        """How many events of each type stand in the four logs."""
        told: Counter[str] = Counter()
        for connection in self._connections:
            told.update({row["type"]: row["told"] for row in await connection.fetch(_COUNTS)})
        return told

    async def facts(self, *types: str) -> list[Fact]:
        """Every event of these types, in the order of each log."""
        rows = [row for connection in self._connections for row in await connection.fetch(_FACTS, list(types))]
        return [Fact(row["type"], row["municipality"], json.loads(row["data"])) for row in rows]

    async def lessons_attended(self, municipalities: Iterable[str]) -> dict[str, int]:
        """How many lessons about money were attended, by municipality: no answer over HTTP has that number."""
        connection = self._connections[SERVICES.index("ontzorgen")]
        found: dict[str, int] = {}
        for municipality in municipalities:
            async with connection.transaction():
                await connection.execute(_AS, municipality)
                found[municipality] = await connection.fetchval(_LESSONS)
        return found
