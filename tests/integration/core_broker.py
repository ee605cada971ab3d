"""What a relay is watched with: transactions in any order, a tap on the topic, relays that run or send once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from core_rig import COUNT_FACT, HERE, TOPIC, CoreDatabase, counted, fact, step_of

from shared.events import CandidateWithdrawn
from shared.events.envelope import read_data, read_event, write_event
from shared.messaging import outbox
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import BACKLOG, Publisher, PublishError, Relay
from shared.testing.eventually import eventually


class Tap:
    """Reads one topic from where it was set; `steps` holds what came, in order per person, repeats included."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer: Any = consumer
        self.steps: dict[UUID, list[int]] = {}
        self.ids: list[UUID] = []

    async def drain(self) -> dict[UUID, list[int]]:
        """Read up to what the topic has now."""
        places = list(self._consumer.assignment())
        ends = await self._consumer.end_offsets(places)
        while any([await self._consumer.position(place) < ends[place] for place in places]):
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._saw(record.value)
        return self.steps

    def _saw(self, payload: bytes) -> None:
        envelope = read_event(payload, {"content-type": b"application/cloudevents+json"})
        data = read_data(envelope)
        assert isinstance(data, CandidateWithdrawn)
        self.ids.append(envelope.deduplication_id)
        self.steps.setdefault(data.person_id, []).append(step_of(data))

    def firsts(self) -> dict[UUID, list[int]]:
        """Steps in the order of their first coming: what a consumer that skips repeats does."""
        return {who: list(dict.fromkeys(steps)) for who, steps in self.steps.items()}


@asynccontextmanager
async def tapped(bootstrap_servers: str, topic: str = TOPIC) -> AsyncIterator[Tap]:
    """A tap on everything that comes from now on."""
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=50, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        partitions = (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic) or ()
        places = [TopicPartition(topic, partition) for partition in partitions]
        assert places, f"The broker has no topic {topic}."
        consumer.assign(places)
        for place, end in (await consumer.end_offsets(places)).items():
            consumer.seek(place, end)
        yield Tap(consumer)
    finally:
        await consumer.stop()


class Teller:
    """One transaction, a step at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._transaction = connection.transaction()

    async def begin(self) -> None:
        """Take a transaction id now; the position comes with what is told."""
        await self._transaction.start()
        await self.connection.execute("SELECT pg_current_xact_id()")

    async def lock(self, who: UUID) -> int:
        """Wait for the person's row and count this fact: steps are in the order in which transactions had the lock."""
        step: int = await self.connection.fetchval(COUNT_FACT, who)
        return step

    async def tell(self, who: UUID, step: int) -> None:
        await outbox.append(self.connection, [write_event(fact(who, step), municipality=HERE)])

    async def commit(self) -> None:
        await self._transaction.commit()


@asynccontextmanager
async def tellers(database: CoreDatabase, count: int) -> AsyncIterator[list[Teller]]:
    connections = [await asyncpg.connect(database.url) for _ in range(count)]
    try:
        yield [Teller(connection) for connection in connections]
    finally:
        for connection in connections:
            await connection.close()


@asynccontextmanager
async def sending_once(
    database: CoreDatabase, publisher: Publisher, **options: Any
) -> AsyncIterator[tuple[Relay, asyncpg.Connection]]:
    """A relay that sends what is safe when `relay.publish_settled(connection)` is asked, and never by itself."""
    connection = await asyncpg.connect(database.url)
    try:
        yield Relay(database.url, publisher, counted().metrics, **options), connection
    finally:
        await connection.close()


async def send_all(relay: Relay, connection: asyncpg.Connection) -> int:
    """Ask until everything told is sent and return how many rows that took; what the publisher raises goes through.

    One question is not enough where nothing of the test's own runs: a stranger on the server, such as an autovacuum in
    any database of it, holds everything back for as long as its transaction takes.
    """
    sent = 0

    async def nothing_waits() -> bool:
        nonlocal sent
        sent += await relay.publish_settled(connection)
        (backlog,) = await connection.fetch(BACKLOG)
        return bool(backlog["depth"] == 0)

    await eventually(nothing_waits, what="everything told is sent")
    return sent


@asynccontextmanager
async def relaying(database: CoreDatabase, publisher: Publisher, **options: Any) -> AsyncIterator[Relay]:
    """A relay that runs."""
    fast: dict[str, Any] = {"lock_retry_seconds": 0.05, "failure_pause_seconds": 0.05, **options}
    relay = Relay(database.url, publisher, counted().metrics, **fast)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
        assert not running.done(), "The relay ended by itself."
    finally:
        relay.stop()
        await running


@asynccontextmanager
async def publishing(bootstrap_servers: str, **more: Any) -> AsyncIterator[KafkaPublisher]:
    publisher = KafkaPublisher(bootstrap_servers, client_id="rig", **more)
    try:
        yield publisher
    finally:
        await publisher.close()


class Recorder:
    """A publisher that keeps what it is given; `at` says what to do before which batch, such as to raise."""

    def __init__(self, at: dict[int, Callable[[], Awaitable[None]]] | None = None) -> None:
        self.batches: list[list[int]] = []
        self._at = at or {}
        self._calls = 0
        self.resets = 0
        self.cluster_id: str | None = None

    async def reset(self) -> None:
        self.resets += 1

    async def fetch_cluster_id(self) -> str | None:
        return self.cluster_id

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None:
        self._calls += 1
        if self._calls in self._at:
            await self._at[self._calls]()
        self.batches.append([row["position"] for row in rows])

    @property
    def positions(self) -> list[int]:
        return [position for batch in self.batches for position in batch]


async def refuse() -> None:
    raise PublishError("no")
