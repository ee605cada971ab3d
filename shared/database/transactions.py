"""The database of a service: one engine, one `transaction()`, one commit.

A transaction belongs to one municipality: `SET LOCAL app.municipality` switches PostgreSQL's row-level security to
it, so a query that forgets the tenant finds nothing instead of everything. Events emitted inside a transaction are
inserted into the outbox by the last statement before the commit, when every row lock is held: so positions of one
person's events follow the order of commits.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import RowMapping, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, AsyncTransaction

from shared.database.address import CONNECT_SECONDS_MAX, DatabaseAddress
from shared.database.signals import Signals
from shared.events.base import EventData
from shared.events.envelope import DEFAULT_ORGANISATION_OIN, WrittenEvent, write_event
from shared.events.template import EventTemplate, write_template
from shared.messaging import outbox
from shared.observability.tracing import current_traceparent

STATEMENT_SECONDS_MAX = 60.0
IDLE_IN_TRANSACTION_SECONDS_MAX = 60.0
PING_AFTER_IDLE_SECONDS = 1.0

_SET_TENANT = "SELECT set_config('app.municipality', $1, true)"
Hooks = TypeVar("Hooks")
Subject = TypeVar("Subject")


class Transaction:
    """The transaction of a handler: rows through `session`, events through `emit`. Only `Database` commits it."""

    def __init__(
        self,
        connection: AsyncConnection,
        service: str,
        organisation_oin: str,
        signals: Signals,
        hooks: object | None = None,
    ) -> None:
        self._connection = connection
        self._signals = signals
        self._hooks = hooks
        self._session: AsyncSession | None = None
        self._driver: asyncpg.Connection | None = None
        self.municipality = ""
        self._service = service
        self._organisation_oin = organisation_oin
        self._facts: list[WrittenEvent] = []
        self._after_commit: list[Callable[[], Any]] = []
        # A dictionary keeps the order of registration and holds each action on a subject once.
        self._before_commit: dict[tuple[Callable[[Any, Transaction], Awaitable[None]], Any], None] = {}

    def hooks(self, kind: type[Hooks]) -> Hooks:
        """Return the hooks that the service gave to its database; LookupError if it gave none of this kind."""
        if isinstance(self._hooks, kind):
            return self._hooks
        raise LookupError(
            f"This database of {self._service} has no {kind.__name__}: open it with the hooks of the service's app."
        )

    @property
    def session(self) -> AsyncSession:
        """Return the ORM session of this transaction; created on first use, as statements on arrays need none."""
        if self._session is None:
            self._session = AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            )
        return self._session

    async def flush(self) -> None:
        """Write the rows of the session, if there is one."""
        if self._session is not None:
            await self._session.flush()

    def before_commit(self, action: Callable[[Subject, "Transaction"], Awaitable[None]], subject: Subject) -> None:
        """Register `action(subject, tx)`, which runs once before the commit, however often it is registered."""
        self._before_commit[action, subject] = None

    async def finish(self) -> None:
        """Write the rows of the session, and run the actions that were registered for before the commit."""
        await self.flush()
        while self._before_commit:
            action, subject = next(iter(self._before_commit))
            del self._before_commit[action, subject]
            await action(subject, self)
            await self.flush()

    def emit(self, *facts: EventData) -> None:
        """Publish events with this transaction. Raises at once for an event that is too large, personal or not ours."""
        self._facts += self.write_events(*facts)

    def write_events(self, *facts: EventData) -> list[WrittenEvent]:
        """Return events as rows for `append`, which inserts many of them in chunks; for a few, use `emit`."""
        trace = current_traceparent()
        events = []
        for fact in facts:
            if fact.event_type.service != self._service:
                raise ValueError(
                    f"{fact.event_type.name} is published by {fact.event_type.service} and not by {self._service}: "
                    "let that service publish it."
                )
            events.append(
                write_event(
                    fact,
                    municipality=self.municipality,
                    traceparent=trace,
                    organisation_oin=self._organisation_oin,
                )
            )
        return events

    def write_template(self, example: EventData, fields: Sequence[str]) -> EventTemplate:
        """Return the template of events like `example`, for a statement that inserts many of them itself."""
        return write_template(
            example,
            fields,
            municipality=self.municipality,
            traceparent=current_traceparent(),
            organisation_oin=self._organisation_oin,
        )

    async def append(self, facts: Sequence[WrittenEvent]) -> None:
        """Insert a chunk of many events now; the rows that they are about are written and locked already."""
        if facts:
            await outbox.append(await self.driver(), facts)

    async def use_municipality(self, municipality: str) -> None:
        """Switch the current tenant; no round trip when it is the same. Rows loaded for another tenant are expunged."""
        if municipality != self.municipality:
            await self.finish()
            await self.rows(_SET_TENANT, municipality)
            if self._session is not None:
                self._session.expunge_all()
            self.municipality = municipality

    async def rows(self, statement: str, *arguments: Any) -> Sequence[RowMapping]:
        """Execute one query in the form of the driver ($1, $2, ...), inside this transaction."""
        result = await self._connection.exec_driver_sql(statement, arguments)
        return result.mappings().all()

    async def driver(self) -> asyncpg.Connection:
        """Return the connection of the driver inside this transaction, for statements on whole arrays."""
        if self._driver is None:
            raw = await self._connection.get_raw_connection()
            assert isinstance(raw.driver_connection, asyncpg.Connection)  # noqa: S101 - the dialect is asyncpg
            self._driver = raw.driver_connection
            if not self._driver.is_in_transaction():  # or it would commit each statement
                await self.rows("SELECT 1")
        return self._driver

    async def savepoint(self) -> AsyncTransaction:
        """Begin a savepoint, for work through the session, statements and the driver alike."""
        await self.finish()
        return await self._connection.begin_nested()

    def after_commit(self, action: Callable[[], Any]) -> None:
        """Register an action that runs once this is committed, and never if it is not."""
        self._after_commit.append(action)

    def signal_on_commit(self, signal: str, count: int = 1) -> None:
        """Signal to this process, once this is committed, that so much work is ready."""
        self.after_commit(partial(self._signals.send, signal, count))

    def run_after_commit(self) -> None:
        """Run the actions that were registered; called by `Database` once this is committed."""
        for action in self._after_commit:
            action()

    def mark(self) -> tuple[int, int]:
        """Return the current position in events and actions, for `discard_since`."""
        return len(self._facts), len(self._after_commit)

    async def close(self) -> None:
        """Close the session; what is not committed by now is rolled back."""
        if self._session is not None:
            await self._session.close()

    @property
    def facts(self) -> tuple[WrittenEvent, ...]:
        """Return the events of this transaction so far, in order."""
        return tuple(self._facts)

    def discard_since(self, mark: tuple[int, int]) -> None:
        """Drop the events and actions since the mark, and every loaded row, after a rollback to a savepoint."""
        del self._facts[mark[0] :], self._after_commit[mark[1] :]
        self._before_commit.clear()
        if self._session is not None:
            self._session.expunge_all()

    async def flush_all(self) -> None:
        """Write rows first, events after: the outbox rows get their positions under every lock of this transaction."""
        await self.finish()
        if self._facts:
            await outbox.append(await self.driver(), self._facts)
            self._facts.clear()


class Database:
    """The database engine of a service. Building it does no I/O."""

    def __init__(
        self,
        url: str | DatabaseAddress,
        *,
        service: str,
        organisation_oin: str = DEFAULT_ORGANISATION_OIN,
        pool_size_max: int = 8,
        hooks: object | None = None,
    ) -> None:
        self.address = DatabaseAddress.parse(url)
        self.service = service
        self._hooks = hooks
        self._organisation_oin = organisation_oin
        self.signals = Signals()
        self.engine: AsyncEngine = self.address.create_engine(
            async_creator=self.connect, pool_size=pool_size_max, max_overflow=0
        )

        _ping_after_idle(self.engine)

    @asynccontextmanager
    async def transaction(self, municipality: str | None) -> AsyncIterator[Transaction]:
        """Open a transaction of one municipality; None is for the messaging core, which sets the tenant per event."""
        async with self.engine.connect() as connection:
            tx = Transaction(connection, self.service, self._organisation_oin, self.signals, self._hooks)
            try:
                if municipality:
                    await tx.use_municipality(municipality)
                yield tx
                await tx.flush_all()
                await connection.commit()
                tx.run_after_commit()
            finally:
                await tx.close()

    async def connect(self, *, purpose: str = "") -> asyncpg.Connection:
        """Open a connection of the pool, or one of its own for a purpose: both in exactly the same way."""
        return await self.address.connect(
            timeout_seconds=CONNECT_SECONDS_MAX,
            command_timeout_seconds=STATEMENT_SECONDS_MAX,
            server_settings={
                "application_name": f"meedoen-{self.service}{purpose}",
                "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS_MAX:.0f}s",
                "jit": "off",
            },
        )

    @property
    def url(self) -> str:
        """Return the address as a URL, with its password."""
        return self.address.url

    async def close(self) -> None:
        await self.engine.dispose()


def _ping_after_idle(engine: AsyncEngine) -> None:
    """Ping a connection that was idle in the pool for a while, and replace it if it is dead."""

    @event.listens_for(engine.sync_engine, "checkin")
    def record_checkin(_connection: Any, record: Any) -> None:
        record.info["idle_since_seconds"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def ping(connection: Any, record: Any, _proxy: Any) -> None:
        idle_seconds = time.monotonic() - record.info.get("idle_since_seconds", time.monotonic())
        if idle_seconds < PING_AFTER_IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as problem:
            raise DisconnectionError from problem
