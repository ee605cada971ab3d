"""The consumer: FastStream fetches batches, the inbox handles them, and only then their offsets are committed.

Offsets are committed by hand: per partition, the offset after the last message of a batch whose transaction has
committed. While one batch is in its transaction the next one is decoded, and no more than that one. A batch that fails
for now stays the current batch and is retried; nothing is handled past it. Stopping waits for the current batch.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.messaging import embedded
from shared.messaging.decoding import IncomingEvent, Message
from shared.messaging.failures import find_cause
from shared.messaging.handling import is_transient
from shared.messaging.inbox import Inbox
from shared.messaging.kafka_consumer import ResilientConsumer
from shared.messaging.metrics import CoreMetrics
from shared.messaging.security import PLAINTEXT, KafkaSecurity

_LOG = structlog.get_logger("meedoen.consumer")
FAILURE_PAUSE_SECONDS_MAX = 5.0
COMMIT_SECONDS_MAX = 5.0
LEAVE_SECONDS_MAX = 5.0
# Then the event loop gets its turn, so that the current batch goes on while the next one is decoded.
DECODE_EVENTS_MAX = 100
# A topic that did not exist when the group formed is found within this time.
METADATA_AGE_MS_MAX = 10_000
# A member that vanished is noticed after one session; every other change of the group with a heartbeat.
KAFKA_LIMITS: dict[str, int] = {
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 1_000,
    "fetch_max_wait_ms": 500,
}


class _Offsets:
    """Commits the offset after the last handled message of each partition, with one commit under way at a time."""

    def __init__(self) -> None:
        self.consumer: AIOKafkaConsumer | None = None
        self._ends: dict[TopicPartition, int] = {}
        self._committing: asyncio.Future[None] | None = None

    def commit_after(self, batch: list[Message]) -> None:
        """Begin to commit the offsets of a batch of which every message is done or held, in the database."""
        ends = {(message.topic, message.partition): message.offset + 1 for message in batch}
        self._ends.update((TopicPartition(*partition), end) for partition, end in ends.items())
        if self._committing is None or self._committing.done():
            self._committing = asyncio.ensure_future(self._commit())

    async def drain(self, seconds_max: float) -> None:
        """Wait until the pending offsets are committed, or could not be."""
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=seconds_max)
            self._committing.cancel()

    async def _commit(self) -> None:
        while self._ends and self.consumer is not None:
            assigned = self.consumer.assignment()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            ends, self._ends = {part: end for part, end in self._ends.items() if part in assigned}, {}
            if not ends:
                continue
            try:
                await self.consumer.commit(ends)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            except (KafkaError, IllegalStateError) as problem:
                # The partition was reassigned, or the broker is away: events are redelivered and skipped.
                _LOG.info("offsets_not_committed", cause=type(problem).__name__)


class Consumer:
    """Consumes the given topics for one service, one batch at a time."""

    def __init__(  # noqa: PLR0913 - each is one delivery setting, named by the one caller
        self,
        bootstrap_servers: str,
        *,
        service: str,
        topics: Sequence[str],
        inbox: Inbox,
        metrics: CoreMetrics,
        on_held: asyncio.Event,
        is_embedded: bool = False,
        security: KafkaSecurity = PLAINTEXT,
        batch_events_max: int = 2_000,
        poll_ms: int = 1000,
        drain_seconds_max: float = 20.0,
    ) -> None:
        self._inbox = inbox
        self._metrics = metrics
        self._on_held = on_held
        self._is_embedded = is_embedded
        self._security = security
        self._stopping = asyncio.Event()
        self._failed = asyncio.Event()
        self._drain_seconds_max = drain_seconds_max
        self._current_batch: asyncio.Future[None] | None = None
        self._offsets = _Offsets()
        self.broker = KafkaBroker(
            bootstrap_servers,
            client_id=f"meedoen-{service}",
            allow_auto_create_topics=False,
            consumer_only=True,
            apply_types=False,
            graceful_timeout=drain_seconds_max,
            metadata_max_age_ms=METADATA_AGE_MS_MAX,
            logger=None,
        )
        limits = embedded.CONSUMER_LIMITS if is_embedded else KAFKA_LIMITS
        self._subscriber = self.broker.subscriber(
            *topics,
            batch=True,
            group_id=f"meedoen-{service}",
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=batch_events_max,
            batch_timeout_ms=poll_ms,
            parser=self._parse,
            decoder=_keep_undecoded,
            title=f"{service}-inbox",
            **cast("dict[str, Any]", limits),
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Join the group and begin. Raises KafkaError if no broker answers."""
        if self._is_embedded:
            embedded.apply_embedded_limits()
        await self.broker.connect()
        config = self.broker.config.broker_config
        builder: Any = config.builder
        config.builder = partial(self._build_client, **builder.keywords)
        await self.broker.start()
        self._offsets.consumer = self._subscriber.consumer

    async def wait_for_failure(self) -> None:
        """Wait until the client has failed for good or is outdated; then `stop` this consumer and start another."""
        await self._failed.wait()

    async def stop(self) -> None:
        """Finish the current batch, commit its offsets, leave the group; each within its own time limit."""
        self._stopping.set()
        if self._current_batch is not None:
            await asyncio.wait({self._current_batch}, timeout=self._drain_seconds_max)
            self._current_batch.cancel()
        await self._offsets.drain(COMMIT_SECONDS_MAX)
        leaving = asyncio.ensure_future(self.broker.stop())
        await asyncio.wait({leaving}, timeout=LEAVE_SECONDS_MAX)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    async def measure_lag_events(self) -> int:
        """Return the number of messages on the assigned partitions whose offsets this group has not committed."""
        consumer = self._subscriber.consumer
        assigned = consumer.assignment() if consumer is not None else frozenset()
        if consumer is None or not assigned:
            return 0
        ends = await consumer.end_offsets(list(assigned))
        lag = 0
        for partition, end in ends.items():
            committed = await consumer.committed(partition)
            lag += max(end - (committed if committed is not None else 0), 0)
        return lag

    def _build_client(self, **options: Any) -> AIOKafkaConsumer:
        return ResilientConsumer(
            is_embedded=self._is_embedded, on_failure=self._fail, security=self._security, **options
        )

    def renew(self) -> None:
        """Have the owner start another consumer: certificates or passwords were renewed."""
        self._failed.set()

    def _fail(self, problem: Exception) -> None:
        _LOG.error("consumer_failed", cause=type(problem).__name__)
        self._failed.set()

    async def _parse(self, records: tuple[ConsumerRecord[bytes, bytes], ...]) -> KafkaMessage:
        """Decode no header here: what cannot be decoded is parked by the inbox, not dropped by FastStream."""
        return KafkaMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer)

    async def _handle(self, message: KafkaMessage) -> None:
        records = cast("tuple[ConsumerRecord[bytes, bytes], ...]", message.raw_message)
        batch = [
            Message(record.topic, record.partition, record.offset, record.key, record.value, record.headers)
            for record in records
        ]
        events: list[IncomingEvent] = []
        for start in range(0, len(batch), DECODE_EVENTS_MAX):
            events += self._inbox.decode(batch[start : start + DECODE_EVENTS_MAX])
            await asyncio.sleep(0)
        await self._wait_for_batch()
        if not self._stopping.is_set():
            self._current_batch = asyncio.ensure_future(self._process_batch(batch, events))

    async def _wait_for_batch(self) -> None:
        """Wait until the current batch has ended; cancelling this wait does not cancel the batch."""
        if self._current_batch is not None:
            await asyncio.wait({self._current_batch})

    async def _process_batch(self, batch: list[Message], events: list[IncomingEvent]) -> None:
        if await self._handle_until_committed(events):
            self._offsets.commit_after(batch)

    async def _handle_until_committed(self, events: list[IncomingEvent]) -> bool:
        """Retry until the batch has committed; return False if the consumer stops before that."""
        pause_seconds = 0.05
        while True:
            try:
                if await self._inbox.handle_batch(events):
                    self._on_held.set()
            except Exception as problem:  # noqa: BLE001 - whatever it is, the batch stays the current one and is retried
                cause = type(problem).__name__
                self._metrics.batch_failures.labels(find_cause(problem)).inc()
                _LOG.warning("batch_failed", cause=cause, is_passing=is_transient(problem), events=len(events))
            else:
                return True
            if await self._is_stopping_within(pause_seconds):
                return False
            pause_seconds = min(pause_seconds * 2, FAILURE_PAUSE_SECONDS_MAX)

    async def _is_stopping_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def _keep_undecoded(message: KafkaMessage) -> KafkaMessage:
    return message
