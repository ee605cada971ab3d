"""Helpers for tests of the relay: transactions in any order, a tap on the topic, relays that run or publish once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from core_rig import COUNT_FACT, HERE, TOPIC, CoreDatabase, build_fact, build_metrics, step_of

from shared.events import CandidateWithdrawn
from shared.events.envelope import read_data, read_event, write_event
from shared.messaging import outbox
from shared.messaging.failures import PublishError
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import BACKLOG, Publisher, Relay
from shared.testing.eventually import eventually


class Tap:
    """Consumes one topic from its position; `steps` holds what arrived, in order per person, repeats included."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer: Any = consumer
        self.steps: dict[UUID, list[int]] = {}
        self.ids: list[UUID] = []

    async def drain(self) -> dict[UUID, list[int]]:
        """Consume up to the current end of the topic."""
        partitions = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(partitions)
        while any([await self._consumer.position(part) < ends[part] for part in partitions]):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._record(record.value)
        return self.steps

    def _record(self, payload: bytes) -> None:
        envelope = read_event(payload, {"content-type": b"application/cloudevents+json"})
        data = read_data(envelope)
        assert isinstance(data, CandidateWithdrawn)
        self.ids.append(envelope.deduplication_id)
        self.steps.setdefault(data.person_id, []).append(step_of(data))

    def first_arrivals(self) -> dict[UUID, list[int]]:
        """Return the steps in the order of their first arrival, as a consumer that skips repeats handles them."""
        return {who: list(dict.fromkeys(steps)) for who, steps in self.steps.items()}


@asynccontextmanager
async def open_tap(bootstrap_servers: str, topic: str = TOPIC) -> AsyncIterator[Tap]:
    """Open a tap on everything that is published from now on."""
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=50, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        partitions = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic) or ()
        assigned = [TopicPartition(topic, partition) for partition in partitions]
        assert assigned, f"The broker has no topic {topic}."
        consumer.assign(assigned)
        for partition, end in (await consumer.end_offsets(assigned)).items():
            consumer.seek(partition, end)
        yield Tap(consumer)
    finally:
        await consumer.stop()


class StagedTransaction:
    """One transaction, one statement at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._transaction = connection.transaction()

    async def begin(self) -> None:
        """Take a transaction id now; the position is taken by `emit`."""
        await self._transaction.start()
        await self.connection.execute("SELECT pg_current_xact_id()")

    async def lock(self, who: UUID) -> int:
        """Lock the person's row and count this event: steps are in the order in which transactions hold the lock."""
        step: int = await self.connection.fetchval(COUNT_FACT, who)
        return step

    async def emit(self, who: UUID, step: int) -> None:
        await outbox.append(self.connection, [write_event(build_fact(who, step), municipality=HERE)])

    async def commit(self) -> None:
        await self._transaction.commit()


@asynccontextmanager
async def open_transactions(database: CoreDatabase, count: int) -> AsyncIterator[list[StagedTransaction]]:
    settings = {"app.municipality": HERE}
    connections = [await asyncpg.connect(database.url, server_settings=settings) for _ in range(count)]
    try:
        yield [StagedTransaction(connection) for connection in connections]
    finally:
        for connection in connections:
            await connection.close()


@asynccontextmanager
async def open_relay(
    database: CoreDatabase, publisher: Publisher, **options: Any
) -> AsyncIterator[tuple[Relay, asyncpg.Connection]]:
    """Yield a relay that publishes when `relay.publish_settled(connection)` is called, and never by itself."""
    connection = await asyncpg.connect(database.relay_url)
    try:
        yield Relay(database.relay_url, publisher, build_metrics().metrics, **options), connection
    finally:
        await connection.close()


async def send_all(relay: Relay, connection: asyncpg.Connection) -> int:
    """Publish until the outbox is empty and return how many rows that were; raises what the publisher raises.

    One call is not enough even if the test runs no transaction: a foreign one on the server, such as an autovacuum in
    any database, blocks every row as long as it runs.
    """
    sent = 0

    async def is_empty() -> bool:
        nonlocal sent
        sent += await relay.publish_settled(connection)
        (backlog,) = await connection.fetch(BACKLOG)
        return bool(backlog["depth"] == 0)

    await eventually(is_empty, what="the outbox is empty")
    return sent


@asynccontextmanager
async def run_relay(database: CoreDatabase, publisher: Publisher, **options: Any) -> AsyncIterator[Relay]:
    """Run a relay."""
    fast: dict[str, Any] = {"lock_retry_seconds": 0.05, "failure_pause_seconds": 0.05, **options}
    relay = Relay(database.relay_url, publisher, build_metrics().metrics, **fast)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
        assert not task.done(), "The relay ended by itself."
    finally:
        relay.stop()
        await task


@asynccontextmanager
async def open_publisher(bootstrap_servers: str, **options: Any) -> AsyncIterator[KafkaPublisher]:
    publisher = KafkaPublisher(bootstrap_servers, client_id="rig", **options)
    try:
        yield publisher
    finally:
        await publisher.close()


class Recorder:
    """A publisher that records its batches; `before` holds what to do before which batch, such as to raise."""

    def __init__(self, before: dict[int, Callable[[], Awaitable[None]]] | None = None) -> None:
        self.batches: list[list[int]] = []
        self._before = before or {}
        self._calls = 0
        self.resets = 0
        self.cluster_id: str | None = None

    async def reset(self) -> None:
        self.resets += 1

    async def fetch_cluster_id(self) -> str | None:
        return self.cluster_id

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None:
        self._calls += 1
        if self._calls in self._before:
            await self._before[self._calls]()
        self.batches.append([row["position"] for row in rows])

    @property
    def positions(self) -> list[int]:
        return [position for batch in self.batches for position in batch]


async def raise_publish_error() -> None:
    raise PublishError("no")
