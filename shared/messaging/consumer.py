"""The consumer: FastStream feeds batches, the inbox handles them, and only then their offsets are committed.

Acknowledging is manual and explicit: per partition, the offset after the last message of a batch whose transaction
has committed. While one batch is in its transaction the next is read and checked, and no more than that one. A batch
that the database can not take now stays in hand and is tried again; nothing is handled past it. Stopping waits for
the batch in hand to commit.
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
from shared.messaging.decoding import Arrival, Message
from shared.messaging.handling import is_passing
from shared.messaging.inbox import Inbox
from shared.messaging.kafka_consumer import PatientConsumer
from shared.messaging.metrics import CoreMetrics

_LOG = structlog.get_logger("meedoen.consumer")
FAILURE_PAUSE_SECONDS_MAX = 5.0
COMMIT_SECONDS_MAX = 5.0
LEAVE_SECONDS_MAX = 5.0
# Then the batch in hand gets its turn: its statements go on while the next batch is read.
READ_EVENTS_AT_ONCE = 100
# A topic that was not there when the group met is found within this time.
METADATA_AGE_MS_MAX = 10_000
# A member that vanished is missed for one session; every other change of the group is noticed with a heartbeat.
KAFKA_LIMITS: dict[str, int] = {
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 1_000,
    "fetch_max_wait_ms": 500,
}


class _Offsets:
    """The finished prefix of each partition, told to the group; one commit under way, the newest offsets next."""

    def __init__(self) -> None:
        self.consumer: AIOKafkaConsumer | None = None
        self._ends: dict[TopicPartition, int] = {}
        self._committing: asyncio.Future[None] | None = None

    def finished(self, batch: list[Message]) -> None:
        """Every message of the batch is done or held, in the database."""
        ends = {(one.topic, one.partition): one.offset + 1 for one in batch}
        self._ends.update((TopicPartition(*place), end) for place, end in ends.items())
        if self._committing is None or self._committing.done():
            self._committing = asyncio.ensure_future(self._commit())

    async def settle(self, seconds_max: float) -> None:
        """Wait until what is finished is committed, or could not be."""
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=seconds_max)
            self._committing.cancel()

    async def _commit(self) -> None:
        while self._ends and self.consumer is not None:
            ours = self.consumer.assignment()  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            ends, self._ends = {place: end for place, end in self._ends.items() if place in ours}, {}
            if not ends:
                continue
            try:
                await self.consumer.commit(ends)  # type: ignore[no-untyped-call]  # aiokafka is typed in part
            except (KafkaError, IllegalStateError) as problem:
                # The partition is another member's now, or the broker is away: events come again and are skipped.
                _LOG.info("offsets_not_committed", cause=type(problem).__name__)


class Consumer:
    """Consumes the given topics for one service, one batch at a time."""

    def __init__(  # noqa: PLR0913 - each is one delivery setting, said out loud by the one caller
        self,
        bootstrap_servers: str,
        *,
        service: str,
        topics: Sequence[str],
        inbox: Inbox,
        metrics: CoreMetrics,
        on_held: asyncio.Event,
        is_embedded: bool = False,
        batch_events_max: int = 2_000,
        poll_ms: int = 1000,
        drain_seconds_max: float = 20.0,
    ) -> None:
        self._inbox = inbox
        self._metrics = metrics
        self._on_held = on_held
        self._is_embedded = is_embedded
        self._stopping = asyncio.Event()
        self._failed = asyncio.Event()
        self._drain_seconds_max = drain_seconds_max
        self._in_hand: asyncio.Future[None] | None = None
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
            decoder=_undecoded,
            title=f"{service}-inbox",
            **cast("dict[str, Any]", limits),
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Join the group and begin. Raises KafkaError when no broker answers."""
        if self._is_embedded:
            embedded.apply_embedded_limits()
        await self.broker.connect()
        config = self.broker.config.broker_config
        made: Any = config.builder
        config.builder = partial(self._build, **made.keywords)
        await self.broker.start()
        self._offsets.consumer = self._subscriber.consumer

    async def failed(self) -> None:
        """Wait until nothing can be read any more; then `stop` it and make another."""
        await self._failed.wait()

    async def stop(self) -> None:
        """Finish the batch in hand, commit its offsets, leave the group; each in the time it may take."""
        self._stopping.set()
        if self._in_hand is not None:
            await asyncio.wait({self._in_hand}, timeout=self._drain_seconds_max)
            self._in_hand.cancel()
        await self._offsets.settle(COMMIT_SECONDS_MAX)
        leaving = asyncio.ensure_future(self.broker.stop())
        await asyncio.wait({leaving}, timeout=LEAVE_SECONDS_MAX)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    async def lag_events(self) -> int:
        """Messages on the assigned partitions that this group has not finished."""
        consumer = self._subscriber.consumer
        assigned = consumer.assignment() if consumer is not None else frozenset()
        if consumer is None or not assigned:
            return 0
        ends = await consumer.end_offsets(list(assigned))
        lag = 0
        for place, end in ends.items():
            done = await consumer.committed(place)
            lag += max(end - (done if done is not None else 0), 0)
        return lag

    def _build(self, **options: Any) -> AIOKafkaConsumer:
        return PatientConsumer(is_embedded=self._is_embedded, on_failure=self._fail, **options)

    def _fail(self, problem: Exception) -> None:
        _LOG.error("consumer_failed", cause=type(problem).__name__)
        self._failed.set()

    async def _parse(self, records: tuple[ConsumerRecord[bytes, bytes], ...]) -> KafkaMessage:
        """No header is decoded here: what can not be read is the inbox's to park, not FastStream's to drop."""
        return KafkaMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer)

    async def _handle(self, message: KafkaMessage) -> None:
        records = cast("tuple[ConsumerRecord[bytes, bytes], ...]", message.raw_message)
        batch = [
            Message(record.topic, record.partition, record.offset, record.key, record.value, record.headers)
            for record in records
        ]
        arrivals: list[Arrival] = []
        for start in range(0, len(batch), READ_EVENTS_AT_ONCE):
            arrivals += self._inbox.read(batch[start : start + READ_EVENTS_AT_ONCE])
            await asyncio.sleep(0)
        await self._hands_free()
        if not self._stopping.is_set():
            self._in_hand = asyncio.ensure_future(self._work_off(batch, arrivals))

    async def _hands_free(self) -> None:
        """Whoever waits here may be cancelled; what is in hand is not."""
        if self._in_hand is not None:
            await asyncio.wait({self._in_hand})

    async def _work_off(self, batch: list[Message], arrivals: list[Arrival]) -> None:
        if await self._take(arrivals):
            self._offsets.finished(batch)

    async def _take(self, arrivals: list[Arrival]) -> bool:
        """True once the batch has committed; False when we are stopping and it has not."""
        pause_seconds = 0.05
        while True:
            try:
                if await self._inbox.take(arrivals):
                    self._on_held.set()
            except Exception as problem:  # noqa: BLE001 - whatever it is, the batch stays in hand and is tried again
                cause = type(problem).__name__
                self._metrics.batch_failures.labels(cause).inc()
                _LOG.warning("batch_failed", cause=cause, is_passing=is_passing(problem), events=len(arrivals))
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


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    return message
