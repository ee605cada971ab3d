"""The access log: who was shown what about whom, and when. In the database of every service, as one chain of hashes.

A line is added when an answer is about to leave; a task writes those of a moment in one transaction, so that
no request waits for a commit of its own. A stop writes what is left; a process that is killed loses its last lines.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from shared.database.access_retention_schema import LINES_PER_REMOVAL_MAX
from shared.database.transactions import Database, Transaction

LINES_WAITING_MAX = 20_000
LINES_PER_WRITE_MAX = 500
WRITE_AFTER_SECONDS = 0.5
RETRY_AFTER_SECONDS = 0.5
LAST_WRITE_SECONDS_MAX = 5.0
REMOVE_EVERY_SECONDS = 86_400
RETRY_REMOVAL_AFTER_SECONDS = 60.0
_REMOVE = "SELECT audit.drop_old($1)"
_APPEND = "SELECT audit.append($1, $2, $3, $4, $5, $6)"
_log = structlog.get_logger("meedoen.access_log")


@dataclass(frozen=True)
class AccessLine:
    """Somebody was shown something: `operation` is method and path, `about` the people and households in the answer."""

    at: datetime
    municipality: str
    reader: str
    roles: tuple[str, ...]
    operation: str
    about: tuple[UUID, ...]


class AccessLog:
    """The lines of one process on their way to the database, and out of it after `retention_days`.

    `people_query` finds the people of households; without `retention_days` no line is removed.
    """

    def __init__(
        self, database: Database, *, people_query: str | None = None, retention_days: int | None = None
    ) -> None:
        self._database = database
        self._retention_days = retention_days
        self._people_query = people_query
        self._waiting: list[AccessLine] = []
        self._added = asyncio.Event()
        self._all_written = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_full(self) -> bool:
        """Return whether so many lines wait that nobody may be shown more."""
        return len(self._waiting) >= LINES_WAITING_MAX

    def add(self, line: AccessLine) -> None:
        """Add a line; it is written within a moment."""
        self._waiting.append(line)
        self._all_written.clear()
        self._added.set()

    async def drain(self) -> None:
        """Return when every line so far is written."""
        if self._waiting:
            await self._all_written.wait()

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name="access-log")]
        if self._retention_days is not None:
            removal = self._remove_old_lines(self._retention_days)
            self._tasks.append(asyncio.create_task(removal, name="access-log-retention"))

    async def stop(self) -> None:
        """Write what is left; requests have ended by then."""
        self._stopping = True
        self._added.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.drain(), LAST_WRITE_SECONDS_MAX)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._waiting:
            _log.error("access_lines_lost", lines=len(self._waiting))

    async def _run(self) -> None:
        while True:
            await self._added.wait()
            self._added.clear()
            if not self._stopping:
                await asyncio.sleep(WRITE_AFTER_SECONDS)
            while self._waiting:
                lines = self._waiting[:LINES_PER_WRITE_MAX]
                try:
                    await self._write(lines)
                except Exception as error:  # noqa: BLE001 - what is away now may be back later
                    _log.warning("access_lines_wait", cause=type(error).__name__, lines=len(self._waiting))
                    await asyncio.sleep(RETRY_AFTER_SECONDS)
                else:
                    del self._waiting[: len(lines)]
            self._all_written.set()

    async def _remove_old_lines(self, retention_days: int) -> None:
        """Remove what is past its term, now and each day. Any process may: what one removed the next does not see."""
        while True:
            try:
                removed = await remove_old_lines(self._database, retention_days)
            except Exception as error:  # noqa: BLE001 - what is away now may be back later
                _log.warning("access_lines_stay", cause=type(error).__name__)
                await asyncio.sleep(RETRY_REMOVAL_AFTER_SECONDS)
            else:
                if removed:
                    _log.info("access_lines_removed", lines=removed)
                await asyncio.sleep(REMOVE_EVERY_SECONDS)

    async def _write(self, lines: Sequence[AccessLine]) -> None:
        async with self._database.transaction(None) as tx:
            await append_lines(tx, lines, people_query=self._people_query)


async def remove_old_lines(database: Database, retention_days: int) -> int:
    """Remove the lines that are older than their term, some thousands in one transaction; return how many."""
    removed = 0
    while True:
        async with database.transaction(None) as tx:
            count: int = await (await tx.driver()).fetchval(_REMOVE, retention_days)
        removed += count
        if count < LINES_PER_REMOVAL_MAX:
            return removed


async def append_lines(tx: Transaction, lines: Sequence[AccessLine], *, people_query: str | None = None) -> None:
    """Append lines to the chain with this transaction; the lines of a household also name its person."""
    if people_query is not None:
        lines = await _add_people(tx, lines, people_query)
    await write_lines(await tx.driver(), lines)


async def write_lines(connection: Any, lines: Sequence[AccessLine]) -> None:
    """Append lines to the chain over a connection of the driver."""
    await connection.execute(
        _APPEND,
        [line.at for line in lines],
        [line.municipality for line in lines],
        [_spell_storable(line.reader) for line in lines],
        [",".join(line.roles) for line in lines],
        [_spell_storable(line.operation) for line in lines],
        [",".join(map(str, line.about)) for line in lines],
    )


def _spell_storable(text: str) -> str:
    """Return the text as PostgreSQL can keep it: a line that it refused would hold up all that come after it."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


async def _add_people(tx: Transaction, lines: Sequence[AccessLine], people_query: str) -> list[AccessLine]:
    asked: dict[str, set[UUID]] = defaultdict(set)
    for line in lines:
        asked[line.municipality].update(line.about)
    people: dict[tuple[str, UUID], UUID] = {}
    for municipality, ids in asked.items():
        await tx.use_municipality(municipality)
        for row in await tx.rows(people_query, list(ids)):
            people[municipality, row["household_id"]] = row["person_id"]
    return [
        replace(
            line,
            about=tuple(
                dict.fromkeys(
                    person
                    for id_ in line.about
                    for person in (id_, people.get((line.municipality, id_)))
                    if person is not None
                )
            ),
        )
        for line in lines
    ]


def now() -> datetime:
    """Return the moment of a line."""
    return datetime.now(UTC)


_PAGE = """
SELECT position, at, reader, roles, operation, about FROM audit.access_line
WHERE municipality = $1 AND ($2::uuid IS NULL OR about @> ARRAY[$2]) AND ($3::text IS NULL OR reader = $3)
  AND ($4::bigint IS NULL OR position < $4)
ORDER BY position DESC LIMIT $5
"""


async def list_lines(
    tx: Transaction, *, about: UUID | None, reader: str | None, before: int | None, limit: int
) -> tuple[Sequence[Any], int | None]:
    """Return lines of the transaction's municipality, newest first, and the position for the next page."""
    rows = await tx.rows(_PAGE, tx.municipality, about, reader, before, limit + 1)
    return rows[:limit], rows[limit - 1]["position"] if len(rows) > limit else None
