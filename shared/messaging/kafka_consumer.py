"""The Kafka client of the consumer: aiokafka's, with fixes where that would lose events or stop consuming.

`getmany` returns only once there are events, as FastStream sleeps a full poll after an empty one. Offsets are committed
only as a member of the group: a broker that was wiped accepts old offsets from anybody while the group is empty. A
message that aiokafka cannot decode (a header name that is not UTF-8) is read by librdkafka, so that it can be parked.
Any other failure is passed to `on_failure` and nothing is read any more: by then aiokafka has dropped what it had
fetched of other partitions, so the owner must start a new consumer, which begins at the committed offsets.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, UnknownMemberIdError
from confluent_kafka import Consumer as LibrdkafkaConsumer
from confluent_kafka import Message as LibrdkafkaMessage
from confluent_kafka import TopicPartition as LibrdkafkaTopicPartition

from shared.messaging import embedded
from shared.messaging.security import PLAINTEXT, KafkaSecurity

_LOG = structlog.get_logger("meedoen.consumer")
PER_PARTITION_SECONDS = 30.0
PER_PARTITION_POLL_SECONDS = 0.05
FALLBACK_EVENTS_MAX = 500
FALLBACK_SECONDS_MAX = 5.0

OnFailure = Callable[[Exception], None]
Batches = dict[TopicPartition, list["ConsumerRecord[bytes, bytes]"]]


class ResilientConsumer(AIOKafkaConsumer):
    """One member of a consumer group; built by `Consumer`, for FastStream."""

    def __init__(
        self,
        *,
        bootstrap_servers: str | list[str],
        is_embedded: bool,
        on_failure: OnFailure,
        security: KafkaSecurity = PLAINTEXT,
        **options: Any,
    ) -> None:
        options |= security.aiokafka_options()
        super().__init__(bootstrap_servers=bootstrap_servers, **options)  # type: ignore[no-untyped-call]  # in part
        self._security = security
        self._servers = bootstrap_servers if isinstance(bootstrap_servers, str) else ",".join(bootstrap_servers)
        self._on_failure = on_failure
        self._is_embedded = is_embedded
        self._pace: embedded.PollPace | None = None
        self._per_partition_until_seconds = 0.0

    async def start(self) -> None:
        await super().start()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        _commit_as_member_only(self._coordinator)

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        """Return the next events, waiting for them as long as it takes."""
        if self._is_embedded:
            self._pace = self._pace or embedded.PollPace(self)
        while True:
            wait_ms = min(timeout_ms, self._pace.poll_again_ms) if self._pace else timeout_ms
            try:
                records = await self._poll(partitions, wait_ms, max_records)
            except (ConsumerStoppedError, asyncio.CancelledError):
                raise
            except UnicodeDecodeError:
                await self._rewind_to_committed()
                continue
            except Exception as problem:  # noqa: BLE001 - whatever it is, this consumer has failed for good
                self._on_failure(problem)
                await asyncio.Event().wait()
            if self._pace:
                self._pace.record_poll(had_events=bool(records))
            if records:
                return records

    async def _poll(self, partitions: Sequence[TopicPartition], timeout_ms: int, max_records: int | None) -> Batches:
        if time.monotonic() < self._per_partition_until_seconds:
            return await self._poll_per_partition(max_records)
        records: Batches = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return records

    async def _rewind_to_committed(self) -> None:
        """Poll per partition from the committed offsets: the failure dropped fetched messages of other partitions."""
        _LOG.warning("message_without_readable_headers")
        self._per_partition_until_seconds = time.monotonic() + PER_PARTITION_SECONDS
        for partition in self.assignment():  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            offset = await self.committed(partition)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            if offset is None:
                await self.seek_to_beginning(partition)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            else:
                self.seek(partition, offset)  # type: ignore[no-untyped-call]  # aiokafka is typed in part

    async def _poll_per_partition(self, max_records: int | None) -> Batches:
        """Poll one partition at a time, so that a failure is of that partition alone."""
        for partition in self.assignment():  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            try:
                records: Batches = await super().getmany(partition, max_records=max_records)
            except UnicodeDecodeError:
                records = await self._read_with_librdkafka(partition)
            if records:
                return records
        await asyncio.sleep(PER_PARTITION_POLL_SECONDS)
        return {}

    async def _read_with_librdkafka(self, partition: TopicPartition) -> Batches:
        offset: int = await self.position(partition)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        records = await asyncio.to_thread(_read_without_headers, self._servers, partition, offset, self._security)
        if records:
            self.seek(partition, records[-1].offset + 1)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        return {partition: records} if records else {}


def _commit_as_member_only(coordinator: Any) -> None:
    """Refuse commits after the group has dropped this member: the broker may be another one at the same address."""
    commit = coordinator._do_commit_offsets  # noqa: SLF001 - the only point between knowing the member and sending

    async def guarded(assignment: Any, offsets: Any) -> None:
        if coordinator.generation < 0:
            raise UnknownMemberIdError
        await commit(assignment, offsets)

    coordinator._do_commit_offsets = guarded  # noqa: SLF001 - see above


def _read_without_headers(
    bootstrap_servers: str, partition: TopicPartition, offset: int, security: KafkaSecurity
) -> "list[ConsumerRecord[bytes, bytes]]":
    """Read some messages from this offset on by librdkafka, without headers: its Python client fails on these headers.

    An event of ours needs its value alone; an event that cannot be read without its headers is parked as unreadable.
    """
    consumer = LibrdkafkaConsumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "meedoen-unreadable",
            "enable.auto.commit": False,
            "log_level": 2,
            **security.librdkafka_options(),
        }
    )
    try:
        consumer.assign([LibrdkafkaTopicPartition(partition.topic, partition.partition, offset)])
        first = consumer.poll(FALLBACK_SECONDS_MAX)
        messages = [first, *consumer.consume(FALLBACK_EVENTS_MAX, timeout=PER_PARTITION_POLL_SECONDS)] if first else []
        return [_to_record(partition, message) for message in messages if message.error() is None]
    finally:
        consumer.close()


def _to_record(partition: TopicPartition, message: LibrdkafkaMessage) -> "ConsumerRecord[bytes, bytes]":
    key, value = message.key(), message.value()
    kind, moment = message.timestamp()
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=message.offset(),  # type: ignore[arg-type]  # a message that was read has an offset
        timestamp=moment,
        timestamp_type=kind,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=(),
    )
