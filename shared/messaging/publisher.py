"""Rows of the outbox to Kafka through librdkafka: idempotent, acknowledged by all replicas, in order per partition.

A batch either is acknowledged whole or fails whole. After a failure the producer is thrown away and a new one made:
its queue may still hold what will be sent again, and after a fatal error it could not send at all. What the old one
still had on its way can only repeat events in their order, which consumers skip.

When no broker is left, what is on its way is called back and the batch fails: a broker that comes back may be another,
empty one, and the relay must look before it sends on.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from shared.events.envelope import CONTENT_TYPE
from shared.messaging.relay import PublishError

_CONTENT_TYPE: tuple[str, str | bytes | None] = ("content-type", CONTENT_TYPE.encode())
_HEADERS: list[tuple[str, str | bytes | None]] = [_CONTENT_TYPE]
HAND_OVER_ROWS_MAX = 50
CLUSTER_SECONDS_MAX = 5.0
BATCH_KILOBYTES_MAX = 2 * 1024 * 1024 - 1  # the largest batch that settings allow, of the largest events
_LOG = structlog.get_logger("meedoen.publisher")


class KafkaPublisher:
    """The relay's way out. Not for two tasks at once; the relay sends one batch at a time."""

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        client_id: str,
        acknowledge_seconds_max: float = 30.0,
        is_embedded: bool = False,
        **more: Any,
    ) -> None:
        self._config: dict[str, Any] = {
            "bootstrap.servers": bootstrap_servers,
            "client.id": client_id,
            "acks": "all",
            "enable.idempotence": True,
            "enable.gapless.guarantee": True,
            "delivery.timeout.ms": int(acknowledge_seconds_max * 1000),
            "delivery.report.only.error": True,
            "partitioner": "murmur2_random",
            "linger.ms": 50,  # a flush sends at once; until then a batch is put together
            "socket.nagle.disable": True,
            "allow.auto.create.topics": False,
            "queue.buffering.max.kbytes": BATCH_KILOBYTES_MAX,
            "statistics.interval.ms": 0,
            "reconnect.backoff.max.ms": 1000,
            "log_level": 2,
            **more,
        }
        self._acknowledge_seconds_max = acknowledge_seconds_max
        self._producer: Producer | None = None
        self._making = threading.Lock()
        self._is_closed = False
        self._is_embedded = is_embedded
        self._was_away = False

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None:
        """Send rows in order and wait for every acknowledgement; PublishError when one is missing."""
        sending = asyncio.ensure_future(self._sending(rows))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._rebuild(self._producer)
            await asyncio.gather(sending, return_exceptions=True)
            raise

    async def renew(self) -> None:
        """Begin anew with the broker: one that was wiped gives out producer ids that it knew others by."""
        await asyncio.to_thread(self._rebuild, self._producer)

    async def cluster(self) -> str | None:
        """The id of the cluster that answers; None for the embedded broker. PublishError when none does."""
        return None if self._is_embedded else await asyncio.to_thread(self._ask_cluster)

    async def is_connected(self, seconds_max: float = 2.0) -> bool:
        """Whether a broker answers a request for metadata within the given time."""
        return await asyncio.to_thread(self._answers, seconds_max)

    async def close(self) -> None:
        """Let go of the connection; what is unacknowledged will be sent again by whoever is next."""
        self._is_closed = True
        await self.renew()

    def _made(self) -> Producer:
        with self._making:
            if self._producer is None:
                self._was_away = False
                self._producer = Producer({**self._config, "error_cb": self._on_error})
            return self._producer

    def _on_error(self, error: KafkaError) -> None:
        producer = self._producer
        if error.code() == KafkaError._ALL_BROKERS_DOWN and producer is not None:  # noqa: SLF001 - so it is called
            self._was_away = True
            _call_back(producer)

    def _ask_cluster(self) -> str:
        try:
            return str(self._made().list_topics(timeout=CLUSTER_SECONDS_MAX).cluster_id)
        except KafkaException as problem:
            raise PublishError(f"No broker says which cluster it is: {problem}.") from problem

    async def _sending(self, rows: Sequence[asyncpg.Record]) -> None:
        """A few rows are on their way before a thread is woken to wait for them; many are handed over in the thread."""
        failed: list[KafkaError] = []
        if self._producer is not None:
            self._producer.poll(0)
            if self._was_away:
                self._rebuild(self._producer)
                raise PublishError("The broker was away; it is looked at before anything is sent on.")
        if len(rows) <= HAND_OVER_ROWS_MAX and self._producer is not None:
            self._hand_over(self._producer, rows, failed)
            await asyncio.to_thread(self._await_acknowledgement, self._producer, len(rows), failed)
        else:
            await asyncio.to_thread(self._send, rows, failed)

    def _send(self, rows: Sequence[asyncpg.Record], failed: list[KafkaError]) -> None:
        producer = self._made()
        self._hand_over(producer, rows, failed)
        self._await_acknowledgement(producer, len(rows), failed)

    def _hand_over(self, producer: Producer, rows: Sequence[asyncpg.Record], failed: list[KafkaError]) -> None:
        def report(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failed.append(error)

        try:
            produce = producer.produce
            for _, topic, key, trace, payload in map(_fields, rows):
                headers = [*_HEADERS, ("traceparent", trace.encode())] if trace else _HEADERS
                produce(topic, payload, key.encode(), headers=headers, on_delivery=report)
        except (KafkaException, BufferError) as problem:
            self._rebuild(producer)
            raise PublishError(f"Kafka refused to take the batch: {problem}.") from problem

    def _await_acknowledgement(self, producer: Producer, count: int, failed: list[KafkaError]) -> None:
        remaining = producer.flush(self._acknowledge_seconds_max)
        if failed or remaining:
            first = failed[0] if failed else None
            _LOG.warning("publish_failed", error=first.name() if first else "not acknowledged in time", rows=count)
            self._rebuild(producer)
            raise PublishError("Kafka did not acknowledge the batch; it is sent again.")

    def _answers(self, seconds_max: float) -> bool:
        if self._is_closed:
            return False
        try:
            return bool(self._made().list_topics(timeout=seconds_max).brokers)
        except KafkaException:
            return False

    def _rebuild(self, producer: Producer | None) -> None:
        """Throw this producer away, unless someone has already; the next use makes another."""
        with self._making:
            if producer is None or producer is not self._producer:
                return
            self._producer = None
        _discard(producer)


def _fields(row: asyncpg.Record) -> tuple[int, str, str, str | None, bytes]:
    return row["position"], row["topic"], row["key"], row["trace"], row["payload"]


def _call_back(producer: Producer) -> None:
    with contextlib.suppress(KafkaException):  # after a fatal error it refuses this too
        producer.purge(in_queue=True, in_flight=True, blocking=False)


def _discard(producer: Producer) -> None:
    _call_back(producer)
    with contextlib.suppress(KafkaException):
        producer.flush(0)
