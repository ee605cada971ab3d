"""Figures of a run, read from its databases and its broker, also for a service that is down.

Outbox, held events and the relay's lock are read in each service's own database; lag is the distance between the
group's committed offsets and the ends, read without joining the group. Connections are kept between two readings.
"""

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # exported, yet not in __all__

from meedoen.stack.topics import create_admin_client, read_partition_counts
from shared.database.address import DatabaseAddress
from shared.messaging.relay import BACKLOG, LOCK_KEY
from shared.messaging.security import PLAINTEXT, KafkaSecurity

CONNECT_SECONDS_MAX = 3.0
ANSWER_SECONDS_MAX = 5.0
# A held event that is tried again within this time belongs to what is still going on.
SOON_SECONDS = 10.0
NO_OFFSET = -1001

# What a service still has to bring out by itself, counted for one municipality.
QUEUED = {
    "notifications": """SELECT count(*) FROM message
        WHERE state = 'queued' AND problem IS DISTINCT FROM 'contact_incomplete'
            AND (problem IS NULL OR due_at <= clock_timestamp() + make_interval(secs => $1))"""
}

_FIGURES = f"""
WITH backlog AS ({BACKLOG}),
turn AS (SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS position FROM messaging.outbox_turn),
held_counts AS (
    SELECT count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE state = 'retrying') AS retrying,
        count(*) FILTER (WHERE state = 'waiting') AS waiting FROM messaging.held
),
soon AS (
    SELECT count(*) AS heads FROM messaging.held AS head
    WHERE head.state IN ('retrying', 'waiting') AND head.due_at <= clock_timestamp() + make_interval(secs => $1)
      AND NOT EXISTS (SELECT FROM messaging.held AS earlier
                      WHERE earlier.topic = head.topic AND earlier.key = head.key
                        AND earlier.position < head.position AND earlier.state <> 'discarded')
),
lock AS (
    SELECT count(*) AS holders FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid = $2::oid AND objid = $3::oid
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT backlog.depth, backlog.age, turn.position, held_counts.parked, held_counts.retrying, held_counts.waiting,
    soon.heads, lock.holders
FROM backlog, turn, held_counts, soon, lock
"""  # noqa: S608 - every part is a constant

_ENDS: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the library types its methods in part
_FIRSTS: Any = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # the same


@dataclass(frozen=True)
class DatabaseFigures:
    """What a service's database says.

    `due` counts queues of held events whose head is retried soon, `queued` what waits to be delivered.
    """

    outbox_depth: int
    outbox_age_seconds: float
    last_position: int
    held_parked: int
    held_retrying: int
    held_waiting: int
    due: int
    queued: int
    relay_active: bool


class DatabaseProbe:
    """Reads the figures of several services over connections that stay open, from a thread of its own."""

    def __init__(self, urls: Mapping[str, str], municipalities: Sequence[str]) -> None:
        self._urls = dict(urls)
        self._municipalities = tuple(municipalities)
        self._connections: dict[str, asyncpg.Connection] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="meedoen-look", daemon=True)
        self._thread.start()

    def read(self) -> dict[str, DatabaseFigures | None]:
        """Return the figures by service; None where the database does not answer."""
        return asyncio.run_coroutine_threadsafe(self._read_all(), self._loop).result()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close_connections(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _read_all(self) -> dict[str, DatabaseFigures | None]:
        figures = await asyncio.gather(*(self._read_or_none(service, url) for service, url in self._urls.items()))
        return dict(zip(self._urls, figures, strict=True))

    async def _read_or_none(self, service: str, url: str) -> DatabaseFigures | None:
        try:
            return await self._read_figures(service, url)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._drop_connection(service)
            return None

    async def _read_figures(self, service: str, url: str) -> DatabaseFigures:
        connection = self._connections.get(service)
        if connection is None or connection.is_closed():
            connection = await DatabaseAddress.parse(url).connect(
                timeout_seconds=CONNECT_SECONDS_MAX, command_timeout_seconds=ANSWER_SECONDS_MAX
            )
            self._connections[service] = connection
        (row,) = await connection.fetch(_FIGURES, SOON_SECONDS, LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF)
        return DatabaseFigures(
            outbox_depth=row["depth"],
            outbox_age_seconds=row["age"],
            last_position=row["position"],
            held_parked=row["parked"],
            held_retrying=row["retrying"],
            held_waiting=row["waiting"],
            due=row["heads"],
            queued=await self._count_queued(service, connection),
            relay_active=row["holders"] > 0,
        )

    async def _count_queued(self, service: str, connection: asyncpg.Connection) -> int:
        """Count over all municipalities: tenant tables show the rows of one municipality at a time."""
        query = QUEUED.get(service)
        if query is None:
            return 0
        total = 0
        for municipality in self._municipalities:
            async with connection.transaction(readonly=True):
                await connection.execute("SELECT set_config('app.municipality', $1, true)", municipality)
                total += await connection.fetchval(query, SOON_SECONDS)
        return total

    async def _drop_connection(self, service: str) -> None:
        connection = self._connections.pop(service, None)
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.terminate()

    async def _close_connections(self) -> None:
        for service in list(self._connections):
            await self._drop_connection(service)


class BrokerProbe:
    """Reads from a broker how far each service's group is behind; joins no group."""

    def __init__(self, bootstrap_servers: str, security: KafkaSecurity = PLAINTEXT) -> None:
        self._admin = create_admin_client(bootstrap_servers, timeout_seconds=ANSWER_SECONDS_MAX, security=security)

    def partitions(self) -> dict[str, int] | None:
        """Return the number of partitions of each topic; None if no broker answers."""
        return read_partition_counts(self._admin, CONNECT_SECONDS_MAX)

    def lags(self, topics_by_service: Mapping[str, Sequence[str]]) -> dict[str, int] | None:
        """Return the number of events that each service's group has still to finish; None if no broker answers."""
        counts = self.partitions()
        if counts is None:
            return None
        topics = {topic for topics in topics_by_service.values() for topic in topics}
        partitions = [(topic, number) for topic in sorted(topics) for number in range(counts.get(topic, 0))]
        try:
            ends, firsts = self._list_offsets(partitions, _ENDS), self._list_offsets(partitions, _FIRSTS)
            return {
                service: self._group_lag(
                    service, [partition for partition in partitions if partition[0] in topics], ends, firsts
                )
                for service, topics in topics_by_service.items()
            }
        except KafkaException:
            return None

    def _list_offsets(self, partitions: Sequence[tuple[str, int]], position: Any) -> dict[tuple[str, int], int]:
        if not partitions:
            return {}
        specifications = {TopicPartition(*partition): position for partition in partitions}
        answers = self._admin.list_offsets(specifications, request_timeout=ANSWER_SECONDS_MAX)
        return {(partition.topic, partition.partition): answer.result().offset for partition, answer in answers.items()}

    def _group_lag(
        self,
        service: str,
        partitions: Sequence[tuple[str, int]],
        ends: Mapping[tuple[str, int], int],
        firsts: Mapping[tuple[str, int], int],
    ) -> int:
        if not partitions:
            return 0
        group = ConsumerGroupTopicPartitions(
            f"meedoen-{service}", [TopicPartition(*partition) for partition in partitions]
        )
        (answer,) = self._admin.list_consumer_group_offsets([group], request_timeout=ANSWER_SECONDS_MAX).values()
        lag = 0
        for committed in answer.result().topic_partitions:
            partition = (committed.topic, committed.partition)
            lag += max(ends[partition] - (firsts[partition] if committed.offset == NO_OFFSET else committed.offset), 0)
        return lag
