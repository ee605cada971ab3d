"""The Kafka client of the consumer: aiokafka's, made patient, and mended where it would lose events or stand still.

It comes back with events only; FastStream sleeps a full poll after an empty one. It commits only as a member of its
group: a broker that was wiped takes old offsets from anybody while the group is empty. A message that aiokafka cannot
read (a header's name that is no text) is read by librdkafka instead, so that it can be parked. Any other failure is
told to `on_failure` and nothing is read any more: aiokafka forgets what it had read of other partitions by then, so
whoever listens makes a new consumer, which begins at the committed offsets.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, UnknownMemberIdError
from confluent_kafka import Consumer as OtherConsumer
from confluent_kafka import Message as OtherMessage
from confluent_kafka import TopicPartition as OtherTopicPartition

from shared.messaging import embedded

_LOG = structlog.get_logger("meedoen.consumer")
CAREFUL_SECONDS = 30.0
CAREFUL_POLL_SECONDS = 0.05
OTHERWISE_EVENTS_MAX = 500
OTHERWISE_SECONDS_MAX = 5.0

OnFailure = Callable[[Exception], None]
Batches = dict[TopicPartition, list["ConsumerRecord[bytes, bytes]"]]


class PatientConsumer(AIOKafkaConsumer):
    """One member of a consumer group; made by `Consumer`, for FastStream."""

    def __init__(
        self, *, bootstrap_servers: str | list[str], is_embedded: bool, on_failure: OnFailure, **options: Any
    ) -> None:
        super().__init__(bootstrap_servers=bootstrap_servers, **options)  # type: ignore[no-untyped-call]  # in part
        self._servers = bootstrap_servers if isinstance(bootstrap_servers, str) else ",".join(bootstrap_servers)
        self._on_failure = on_failure
        self._is_embedded = is_embedded
        self._pace: embedded.PollPace | None = None
        self._careful_until_seconds = 0.0

    async def start(self) -> None:
        await super().start()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        _commit_as_member_only(self._coordinator)

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        """The next events, however long they take to come."""
        if self._is_embedded:
            self._pace = self._pace or embedded.PollPace(self)
        while True:
            wait_ms = min(timeout_ms, self._pace.look_again_ms) if self._pace else timeout_ms
            try:
                records = await self._next(partitions, wait_ms, max_records)
            except (ConsumerStoppedError, asyncio.CancelledError):
                raise
            except UnicodeDecodeError:
                await self._begin_carefully()
                continue
            except Exception as problem:  # noqa: BLE001 - whatever it is, this consumer has come to its end
                self._on_failure(problem)
                await asyncio.Event().wait()
            if self._pace:
                self._pace.saw(bool(records))
            if records:
                return records

    async def _next(self, partitions: Sequence[TopicPartition], timeout_ms: int, max_records: int | None) -> Batches:
        if time.monotonic() < self._careful_until_seconds:
            return await self._next_of_one(max_records)
        records: Batches = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return records

    async def _begin_carefully(self) -> None:
        """Back to the committed offsets: what had been read of other partitions is lost with the failure."""
        _LOG.warning("message_without_readable_headers")
        self._careful_until_seconds = time.monotonic() + CAREFUL_SECONDS
        for place in self.assignment():  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            done = await self.committed(place)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            if done is None:
                await self.seek_to_beginning(place)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            else:
                self.seek(place, done)  # type: ignore[no-untyped-call]  # aiokafka is typed in part

    async def _next_of_one(self, max_records: int | None) -> Batches:
        """One partition at a time, so that a failure is that partition's alone."""
        for place in self.assignment():  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            try:
                records: Batches = await super().getmany(place, max_records=max_records)
            except UnicodeDecodeError:
                records = await self._read_otherwise(place)
            if records:
                return records
        await asyncio.sleep(CAREFUL_POLL_SECONDS)
        return {}

    async def _read_otherwise(self, place: TopicPartition) -> Batches:
        offset: int = await self.position(place)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        found = await asyncio.to_thread(_read, self._servers, place, offset)
        if found:
            self.seek(place, found[-1].offset + 1)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        return {place: found} if found else {}


def _commit_as_member_only(coordinator: Any) -> None:
    """Once the group has forgotten us, our offsets may be those of another broker at the same address."""
    commit = coordinator._do_commit_offsets  # noqa: SLF001 - the only place between knowing the member and sending

    async def guarded(assignment: Any, offsets: Any) -> None:
        if coordinator.generation < 0:
            raise UnknownMemberIdError
        await commit(assignment, offsets)

    coordinator._do_commit_offsets = guarded  # noqa: SLF001 - see above


def _read(bootstrap_servers: str, place: TopicPartition, offset: int) -> "list[ConsumerRecord[bytes, bytes]]":
    """Some messages from this offset on, by librdkafka, without their headers: to ask it for these would end badly.

    An event of ours says everything in its value; what needs its headers to be read is parked as unreadable.
    """
    consumer = OtherConsumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "meedoen-unreadable",
            "enable.auto.commit": False,
            "log_level": 2,
        }
    )
    try:
        consumer.assign([OtherTopicPartition(place.topic, place.partition, offset)])
        first = consumer.poll(OTHERWISE_SECONDS_MAX)
        found = [first, *consumer.consume(OTHERWISE_EVENTS_MAX, timeout=CAREFUL_POLL_SECONDS)] if first else []
        return [_record(place, message) for message in found if message.error() is None]
    finally:
        consumer.close()


def _record(place: TopicPartition, message: OtherMessage) -> "ConsumerRecord[bytes, bytes]":
    key, value = message.key(), message.value()
    kind, moment = message.timestamp()
    return ConsumerRecord(
        topic=place.topic,
        partition=place.partition,
        offset=message.offset(),  # type: ignore[arg-type]  # a message that was read has one
        timestamp=moment,
        timestamp_type=kind,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=(),
    )
