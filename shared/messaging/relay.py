"""The relay: everything committed to the outbox goes to Kafka once it is safe to say in which order, and stays there.

Rows go in order of position. A person's facts get theirs under that person's row lock, so position follows commit. But
a position may still be in the hands of a transaction that runs: so the relay asks which positions have been taken and
takes a transaction id itself; once every older transaction has ended, all rows up to there are there for good. Neither
transaction ids nor positions alone would do: the one swaps a person's facts, the other skips some. The mark moves
after Kafka's acknowledgement, so a crash sends again and never skips. One relay is active by advisory lock; standbys
ask for the lock now and then.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import asyncpg
import structlog

from shared.messaging.metrics import CoreMetrics

LOCK_KEY = 7_364_665_001

# The log is only ever read along its indexes. A planner with stale figures of a fast-growing table would rather sort
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
# A session whose relay has not said a word for so long is ended by the server: a machine that froze or vanished would
# keep the lock else. Longer than a poll and longer than the wait for Kafka's acknowledgement.
SILENT_SECONDS_MAX = 120.0
HELD_BACK_SECONDS_FIRST = 0.003
HELD_BACK_SECONDS_MAX = 0.2
QUESTIONS_MAX = 64
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

# The first cluster that is sent to has what was sent, until a replay sends all of it to another.
_MARK_CLUSTER = """
UPDATE messaging.relay_mark SET cluster = coalesce(cluster, $2) WHERE generation = $1 RETURNING cluster
"""

_MOVE_MARK = "UPDATE messaging.relay_mark SET position_done = $2 WHERE generation = $1"

BACKLOG_ROWS_COUNTED_MAX = 10_000
BACKLOG = f"""
SELECT count(*)::bigint AS depth, coalesce(extract(epoch FROM now() - min(waiting.recorded_at)), 0)::float8 AS age
FROM (
    SELECT outbox.recorded_at FROM messaging.outbox
    WHERE outbox.position > (SELECT position_done FROM messaging.relay_mark)
    ORDER BY outbox.position LIMIT {BACKLOG_ROWS_COUNTED_MAX}
) AS waiting
"""  # noqa: S608 - the number is a constant


class Publisher(Protocol):
    """Where the relay sends to. `publish` returns once every row is acknowledged in order, or raises.

    `renew` comes before a relay begins and after a replay. `cluster` names the cluster that answers now, None where it
    can not be told; `publish` fails rather than send on after the broker was away, so that this is asked again.
    """

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None: ...

    async def renew(self) -> None: ...

    async def cluster(self) -> str | None: ...


class PublishError(Exception):
    """Kafka did not acknowledge every row in time; which ones it has is unknown, so all are sent again."""


class MarkMovedError(Exception):
    """Someone else set the mark (a replay): read it anew."""


class OperatorNeededError(Exception):
    """The relay waits for a person; the sentence says what to do."""


class ClusterChangedError(OperatorNeededError):
    """Another cluster answers at the address: sending new facts there before the old ones would swap them."""


class MarkAheadError(OperatorNeededError):
    """The mark knows positions that this log has not given out: it was put back without them. See operations.md."""


@dataclass(frozen=True)
class Mark:
    """Everything up to `position_done` is sent."""

    generation: int
    position_done: int


class Relay:
    """Sends one service's outbox. `run` works until `stop` is called; several may run, one is active."""

    def __init__(
        self,
        url: str,
        publisher: Publisher,
        metrics: CoreMetrics,
        *,
        batch_rows_max: int = 2000,
        poll_seconds: float = 5.0,
        lock_retry_seconds: float = 1.0,
        failure_pause_seconds: float = 0.5,
        silent_seconds_max: float = SILENT_SECONDS_MAX,
    ) -> None:
        self._url = url
        self._publisher = publisher
        self._metrics = metrics
        self._rows_max = batch_rows_max
        self._poll_seconds = poll_seconds
        self._lock_retry_seconds = lock_retry_seconds
        self._failure_pause_seconds = failure_pause_seconds
        self._session = {**SESSION, "idle_session_timeout": f"{silent_seconds_max * 1000:.0f}ms"}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._questions: list[tuple[int, int]] = []
        self._knows_cluster = False
        self.state: Literal["active", "standby", "down"] = "down"

    def stop(self) -> None:
        """Finish the rows on their way, then end `run`."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Be active or stand by until stopped; any failure is counted, slept on and tried again."""
        while not self._stopping.is_set():
            try:
                await self._on_one_connection()
            except Exception as problem:  # noqa: BLE001 - nothing ends the relay of a process that goes on
                cause = type(problem).__name__
                self._metrics.relay_failures.labels(cause).inc()
                is_known = isinstance(problem, OperatorNeededError)
                _LOG.warning("relay_failed", cause=cause, sentence=str(problem) if is_known else None)
            finally:
                self.state = "down"
                self._metrics.relay_active.set(0)
            await self._rest(self._stopping, self._failure_pause_seconds)

    async def send_safe(self, connection: asyncpg.Connection) -> int:
        """Send everything that is safe to send now and return how many rows that were; for one caller at a time."""
        mark, total, sent = await self._read_mark(connection), 0, 1
        while sent:
            mark, sent, _ = await self._round(connection, mark)
            total += sent
        return total

    async def _on_one_connection(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=5.0,
            command_timeout=60.0,
            server_settings=self._session,
        )
        connection.add_termination_listener(lambda _: self._wake.set())
        try:
            while not self._stopping.is_set():
                if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK_KEY):
                    await connection.add_listener("meedoen_outbox", lambda *_: self._wake.set())
                    await self._be_active(connection)
                else:
                    self.state = "standby"
                    await self._rest(self._stopping, self._lock_retry_seconds)
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=1.0)

    async def _be_active(self, connection: asyncpg.Connection) -> None:
        self.state = "active"
        self._metrics.relay_active.set(1)
        mark = await self._begin(connection)
        held_back_seconds = HELD_BACK_SECONDS_FIRST
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                mark, sent, held_back = await self._round(connection, mark)
            except MarkMovedError:
                mark = await self._begin(connection)
                continue
            if sent:
                held_back_seconds = HELD_BACK_SECONDS_FIRST
                continue
            await self._rest(self._wake, held_back_seconds if held_back else self._poll_seconds)
            held_back_seconds = min(held_back_seconds * 2, HELD_BACK_SECONDS_MAX)

    async def _begin(self, connection: asyncpg.Connection) -> Mark:
        await self._publisher.renew()
        self._knows_cluster = False
        return await self._read_mark(connection)

    async def _round(self, connection: asyncpg.Connection, mark: Mark) -> tuple[Mark, int, bool]:
        """Send what is safe: the new mark, the number of rows sent, and whether rows wait for an older transaction."""
        told_before, asked_before = [told for told, _ in self._questions], [asked for _, asked in self._questions]
        rows = await connection.fetch(_SETTLED_PAGE, mark.position_done, self._rows_max, told_before, asked_before)
        settled, told, asked_by = rows[0]["settled"], rows[0]["told"], rows[0]["asked_by"]
        self._questions = [question for question in self._questions if question[0] > settled][-QUESTIONS_MAX:]
        if asked_by is not None and told > settled:
            self._questions.append((told, asked_by))
        if rows[0]["position"] is None:
            return replace(mark, position_done=settled), await self._notice_replay(connection, mark), told > settled
        mark, sent = await self._send(connection, mark, rows, settled)
        return mark, sent, told > settled

    async def _send(
        self, connection: asyncpg.Connection, mark: Mark, rows: list[asyncpg.Record], settled: int
    ) -> tuple[Mark, int]:
        """Send these rows and what follows up to `settled`; the next page is read while one is on its way."""
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
            mark = await self._move(connection, replace(mark, position_done=done))
            rows = _whole(following[0]) if following and not self._stopping.is_set() else []
        return mark, sent

    async def _page(self, connection: asyncpg.Connection, done: int, settled: int) -> list[asyncpg.Record]:
        return await connection.fetch(PAGE, done, settled, self._rows_max)

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> None:
        await self._publisher.publish(rows)
        self._metrics.relay_published.inc(len(rows))

    async def _check_cluster(self, connection: asyncpg.Connection, mark: Mark) -> None:
        cluster = await self._publisher.cluster()
        if cluster is not None:
            marked = await connection.fetchval(_MARK_CLUSTER, mark.generation, cluster)
            if marked is None:
                raise MarkMovedError
            if marked != cluster:
                raise ClusterChangedError(
                    "Another Kafka cluster answers than the one that has what was told before: when the old one is "
                    "lost, run 'meedoen replay SERVICE' to send it all again; else mend the address."
                )
        self._knows_cluster = True

    async def _move(self, connection: asyncpg.Connection, mark: Mark) -> Mark:
        if await connection.execute(_MOVE_MARK, mark.generation, mark.position_done) != "UPDATE 1":
            raise MarkMovedError
        return mark

    async def _notice_replay(self, connection: asyncpg.Connection, mark: Mark) -> int:
        """Nothing to send is when a replay asked for by someone else would go unseen, so look for one."""
        if await connection.fetchval("SELECT generation FROM messaging.relay_mark") != mark.generation:
            raise MarkMovedError
        return 0

    async def _read_mark(self, connection: asyncpg.Connection) -> Mark:
        (row,) = await connection.fetch(_READ_MARK)
        if row["is_ahead"]:
            raise MarkAheadError(
                "The relay's mark is ahead of this log, so the log was put back without its newest part: "
                "run 'meedoen replay SERVICE' to send it again; consumers skip what they had."
            )
        self._questions = []
        return Mark(row["generation"], row["position_done"])

    async def _rest(self, event: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


def _whole(page: list[asyncpg.Record] | BaseException) -> list[asyncpg.Record]:
    if isinstance(page, BaseException):
        raise page
    return page


_LOG = structlog.get_logger("meedoen.relay")
