"""The relay: publishes the committed rows of the outbox to Kafka, in an order that is settled; rows are never deleted.

Rows are published in order of position. A person's events get theirs under that person's row lock, so position follows
commit. But a position may belong to a transaction that still runs. So the relay reads the highest position taken and
takes a transaction id itself: once every older transaction has ended, all rows up to that position are final. Neither
transaction ids nor positions alone would do: the one swaps events of a person, the other skips some. The mark moves
after Kafka's acknowledgement, so a crash publishes again and never skips. One relay is active, by advisory lock;
standbys retry the lock.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import asyncpg
import structlog

from shared.database.address import DatabaseAddress
from shared.messaging.failures import find_cause
from shared.messaging.metrics import CoreMetrics

LOCK_KEY = 7_364_665_001
_LOG = structlog.get_logger("meedoen.relay")

# The outbox is only read along its indexes. With stale statistics of a fast-growing table the planner would rather sort
# all of it for every page. Losing the newest move of the mark in a crash repeats a batch and loses nothing.
SESSION = {
    "application_name": "meedoen-relay",
    "synchronous_commit": "off",
    "jit": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "plan_cache_mode": "force_generic_plan",
}
# The server ends a session that is idle for longer: a machine that froze or vanished would keep the lock. Longer than a
# poll and longer than the wait for Kafka's acknowledgement.
IDLE_SESSION_SECONDS_MAX = 120.0
BLOCKED_SECONDS_FIRST = 0.003
BLOCKED_SECONDS_MAX = 0.2
HORIZONS_MAX = 64
_SETTLED_PAGE = "SELECT * FROM messaging.settled_page($1, $2, $3, $4)"

PAGE = """
SELECT outbox.position, outbox.topic, outbox.key, outbox.trace, outbox.payload
FROM messaging.outbox
WHERE outbox.position > $1 AND outbox.position <= $2
ORDER BY outbox.position LIMIT $3
"""

_READ_MARK = """
SELECT generation, position_done, position_done > turn.last_value AS is_ahead
FROM messaging.relay_mark, messaging.outbox_turn AS turn
"""

# The first cluster that is published to has everything published, until a replay publishes it all to another one.
_MARK_CLUSTER = """
UPDATE messaging.relay_mark SET cluster = coalesce(cluster, $2) WHERE generation = $1 RETURNING cluster
"""

_MOVE_MARK = "UPDATE messaging.relay_mark SET position_done = $2 WHERE generation = $1"

BACKLOG = "SELECT depth, age FROM messaging.backlog()"


class Publisher(Protocol):
    """Where the relay publishes to. `publish` returns once every row is acknowledged in order, or raises.

    `reset` is called before a relay begins and after a replay. `fetch_cluster_id` returns the id of the cluster that
    answers now, None if it has none. `publish` raises after the broker was away, so that the id is checked again.
    """

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None: ...

    async def reset(self) -> None: ...

    async def fetch_cluster_id(self) -> str | None: ...


class MarkMovedError(Exception):
    """Another process set the mark (a replay): read it again."""


class OperatorNeededError(Exception):
    """The relay waits for an operator; the sentence says what to do."""


class ClusterChangedError(OperatorNeededError):
    """Another cluster answers at the address: publishing new events there before the old ones would reorder them."""


class MarkAheadError(OperatorNeededError):
    """The mark is past the last position of the outbox: the database was restored without its newest rows."""


@dataclass(frozen=True)
class Mark:
    """Everything up to `position_done` is published."""

    generation: int
    position_done: int


class Relay:
    """Publishes the outbox of one service. `run` runs until `stop` is called; several may run, one is active."""

    def __init__(
        self,
        url: str | DatabaseAddress,
        publisher: Publisher,
        metrics: CoreMetrics,
        *,
        batch_rows_max: int = 2000,
        poll_seconds: float = 5.0,
        lock_retry_seconds: float = 1.0,
        failure_pause_seconds: float = 0.5,
        idle_session_seconds_max: float = IDLE_SESSION_SECONDS_MAX,
    ) -> None:
        self._address = DatabaseAddress.parse(url)
        self._publisher = publisher
        self._metrics = metrics
        self._rows_max = batch_rows_max
        self._poll_seconds = poll_seconds
        self._lock_retry_seconds = lock_retry_seconds
        self._failure_pause_seconds = failure_pause_seconds
        self._session = {**SESSION, "idle_session_timeout": f"{idle_session_seconds_max * 1000:.0f}ms"}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._horizons: list[tuple[int, int]] = []
        self._knows_cluster = False
        self.state: Literal["active", "standby", "down"] = "down"

    def stop(self) -> None:
        """Finish the batch that is being published, then end `run`."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Be active or standby until stopped; any failure is counted, and retried after a pause."""
        while not self._stopping.is_set():
            try:
                await self._run_on_connection()
            except Exception as problem:  # noqa: BLE001 - nothing ends the relay while the process runs
                cause = type(problem).__name__
                self._metrics.relay_failures.labels(find_cause(problem)).inc()
                sentence = str(problem) if isinstance(problem, OperatorNeededError) else None
                _LOG.warning("relay_failed", cause=cause, sentence=sentence)
            finally:
                self.state = "down"
                self._metrics.relay_active.set(0)
            await self._wait(self._stopping, self._failure_pause_seconds)

    async def publish_settled(self, connection: asyncpg.Connection) -> int:
        """Publish every row whose order is settled now and return how many; for one caller at a time."""
        mark, total, sent = await self._read_mark(connection), 0, 1
        while sent:
            mark, sent, _ = await self._publish_round(connection, mark)
            total += sent
        return total

    async def _run_on_connection(self) -> None:
        connection = await self._address.connect(
            timeout_seconds=5.0, command_timeout_seconds=60.0, server_settings=self._session
        )
        connection.add_termination_listener(lambda _: self._wake.set())
        try:
            while not self._stopping.is_set():
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):
                    await connection.add_listener("meedoen_outbox", lambda *_: self._wake.set())
                    await self._run_active(connection)
                else:
                    self.state = "standby"
                    await self._wait(self._stopping, self._lock_retry_seconds)
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1.0)

    async def _run_active(self, connection: asyncpg.Connection) -> None:
        self.state = "active"
        self._metrics.relay_active.set(1)
        mark = await self._restart(connection)
        blocked_seconds = BLOCKED_SECONDS_FIRST
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                mark, sent, is_blocked = await self._publish_round(connection, mark)
            except MarkMovedError:
                mark = await self._restart(connection)
                continue
            if sent:
                blocked_seconds = BLOCKED_SECONDS_FIRST
                continue
            await self._wait(self._wake, blocked_seconds if is_blocked else self._poll_seconds)
            blocked_seconds = min(blocked_seconds * 2, BLOCKED_SECONDS_MAX)

    async def _restart(self, connection: asyncpg.Connection) -> Mark:
        await self._publisher.reset()
        self._knows_cluster = False
        return await self._read_mark(connection)

    async def _publish_round(self, connection: asyncpg.Connection, mark: Mark) -> tuple[Mark, int, bool]:
        """Publish what is settled: the new mark, the number of rows, and whether rows wait for an older transaction.

        A horizon is a position that was the highest one taken, and the transaction id that the relay took after it.
        """
        positions, transactions = [position for position, _ in self._horizons], [id_ for _, id_ in self._horizons]
        rows = await connection.fetch(_SETTLED_PAGE, mark.position_done, self._rows_max, positions, transactions)
        settled, highest, transaction = rows[0]["settled"], rows[0]["told"], rows[0]["asked_by"]
        self._horizons = [horizon for horizon in self._horizons if horizon[0] > settled][-HORIZONS_MAX:]
        if transaction is not None and highest > settled:
            self._horizons.append((highest, transaction))
        if rows[0]["position"] is None:
            return replace(mark, position_done=settled), await self._check_replay(connection, mark), highest > settled
        mark, sent = await self._publish_pages(connection, mark, rows, settled)
        return mark, sent, highest > settled

    async def _publish_pages(
        self, connection: asyncpg.Connection, mark: Mark, rows: list[asyncpg.Record], settled: int
    ) -> tuple[Mark, int]:
        """Publish these rows and what follows up to `settled`; the next page is read while one is being published."""
        if not self._knows_cluster:
            await self._check_cluster(connection, mark)
        sent = 0
        while rows:
            is_last = len(rows) < self._rows_max
            done = settled if is_last else rows[-1]["position"]
            reading = None if is_last else asyncio.ensure_future(self._page(connection, done, settled))
            try:
                await self._publish(rows)
            finally:
                following = await asyncio.gather(*[reading] if reading else [], return_exceptions=True)
            sent += len(rows)
            mark = await self._move_mark(connection, replace(mark, position_done=done))
            rows = _require_rows(following[0]) if following and not self._stopping.is_set() else []
        return mark, sent

    async def _page(self, connection: asyncpg.Connection, done: int, settled: int) -> list[asyncpg.Record]:
        return await connection.fetch(PAGE, done, settled, self._rows_max)

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> None:
        await self._publisher.publish(rows)
        self._metrics.relay_published.inc(len(rows))

    async def _check_cluster(self, connection: asyncpg.Connection, mark: Mark) -> None:
        cluster = await self._publisher.fetch_cluster_id()
        if cluster is not None:
            marked = await connection.fetchval(_MARK_CLUSTER, mark.generation, cluster)
            if marked is None:
                raise MarkMovedError
            if marked != cluster:
                raise ClusterChangedError(
                    "Connected to a different Kafka cluster than before. If the old cluster is lost, "
                    "run 'meedoen replay SERVICE'; otherwise correct KAFKA_BOOTSTRAP_SERVERS."
                )
        self._knows_cluster = True

    async def _move_mark(self, connection: asyncpg.Connection, mark: Mark) -> Mark:
        if await connection.execute(_MOVE_MARK, mark.generation, mark.position_done) != "UPDATE 1":
            raise MarkMovedError
        return mark

    async def _check_replay(self, connection: asyncpg.Connection, mark: Mark) -> int:
        """Raise MarkMovedError after a replay, unnoticed while there is nothing to publish; else return 0."""
        if await connection.fetchval("SELECT generation FROM messaging.relay_mark") != mark.generation:
            raise MarkMovedError
        return 0

    async def _read_mark(self, connection: asyncpg.Connection) -> Mark:
        (row,) = await connection.fetch(_READ_MARK)
        if row["is_ahead"]:
            raise MarkAheadError(
                "The relay's mark is past the end of the outbox, so the database was restored without its newest rows: "
                "run 'meedoen replay SERVICE' to publish the outbox again; consumers skip what they have."
            )
        self._horizons = []
        return Mark(row["generation"], row["position_done"])

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


def _require_rows(page: list[asyncpg.Record] | BaseException) -> list[asyncpg.Record]:
    if isinstance(page, BaseException):
        raise page
    return page
