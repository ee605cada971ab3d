"""Produce rows of the outbox to Kafka by librdkafka: idempotent, acknowledged by all replicas, ordered per partition.

A batch is acknowledged as a whole or fails as a whole. After a failure the producer is discarded and a new one built:
its queue may still hold what will be produced again, and after a fatal error it cannot produce at all. What the old one
had in flight can only repeat events in their order, and consumers skip repeats.

When all brokers are down, queue and flight are purged and the batch fails: a broker that comes back may be another,
empty one, so the relay must check the cluster before it goes on.
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
from shared.messaging.failures import PublishError
from shared.messaging.security import PLAINTEXT, CredentialsError, KafkaSecurity

_CONTENT_TYPE: tuple[str, str | bytes | None] = ("content-type", CONTENT_TYPE.encode())
_HEADERS: list[tuple[str, str | bytes | None]] = [_CONTENT_TYPE]
INLINE_ROWS_MAX = 50
CLUSTER_SECONDS_MAX = 5.0
BATCH_KILOBYTES_MAX = 2 * 1024 * 1024 - 1  # the largest batch that settings allow, of the largest events
_LOG = structlog.get_logger("meedoen.publisher")


class KafkaPublisher:
    """The Kafka producer of the relay. Not for two tasks at once: the relay publishes one batch at a time."""

    def __init__(
        self,
        bootstrap_servers: str,
        *,
        client_id: str,
        acknowledge_seconds_max: float = 30.0,
        is_embedded: bool = False,
        security: KafkaSecurity = PLAINTEXT,
        **options: Any,
    ) -> None:
        self._security = security
        self._config: dict[str, Any] = {
            "bootstrap.servers": bootstrap_servers,
            "client.id": client_id,
            "acks": "all",
            "enable.idempotence": True,
            "enable.gapless.guarantee": True,
            "delivery.timeout.ms": int(acknowledge_seconds_max * 1000),
            "delivery.report.only.error": True,
            "partitioner": "murmur2_random",
            "linger.ms": 50,  # a flush sends at once; until then a batch is collected
            "socket.nagle.disable": True,
            "allow.auto.create.topics": False,
            "queue.buffering.max.kbytes": BATCH_KILOBYTES_MAX,
            "statistics.interval.ms": 0,
            "reconnect.backoff.max.ms": 1000,
            "log_level": 2,
            **options,
        }
        self._acknowledge_seconds_max = acknowledge_seconds_max
        self._producer: Producer | None = None
        self._building = threading.Lock()
        self._is_closed = False
        self._is_embedded = is_embedded
        self._was_away = False
        self._is_outdated = False

    async def publish(self, rows: Sequence[asyncpg.Record]) -> None:
        """Produce rows in order and wait for every acknowledgement; PublishError if one is missing."""
        publishing = asyncio.ensure_future(self._publish(rows))
        try:
            await asyncio.shield(publishing)
        except asyncio.CancelledError:
            self._discard_producer(self._producer)
            await asyncio.gather(publishing, return_exceptions=True)
            raise

    async def reset(self) -> None:
        """Start over with a new producer: a broker that was wiped may give our producer id to another producer."""
        await asyncio.to_thread(self._discard_producer, self._producer)

    def renew(self) -> None:
        """Have the next batch go by a new producer: certificates or passwords were renewed."""
        self._is_outdated = True

    async def fetch_cluster_id(self) -> str | None:
        """Return the id of the cluster that answers; None for the embedded broker. PublishError if none answers."""
        return None if self._is_embedded else await asyncio.to_thread(self._request_cluster_id)

    async def is_connected(self, seconds_max: float = 2.0) -> bool:
        """Return whether a broker answers a request for metadata within the given time."""
        return await asyncio.to_thread(self._request_metadata, seconds_max)

    async def close(self) -> None:
        """Close the connection; the next relay publishes what is not acknowledged."""
        self._is_closed = True
        await self.reset()

    def _get_producer(self) -> Producer:
        with self._building:
            if self._producer is None:
                self._was_away = False
                self._producer = self._build_producer()
            return self._producer

    def _build_producer(self) -> Producer:
        try:
            return Producer({**self._config, **self._read_security(), "error_cb": self._on_error})
        except KafkaException as problem:  # a token that nobody issues
            raise PublishError(f"No producer can be built: {problem.args[0].str()}.") from None

    def _read_security(self) -> dict[str, Any]:
        try:
            return self._security.librdkafka_options()
        except CredentialsError as problem:
            raise PublishError(str(problem)) from None

    def _on_error(self, error: KafkaError) -> None:
        producer = self._producer
        if error.code() == KafkaError._ALL_BROKERS_DOWN and producer is not None:  # noqa: SLF001 - it has no public name
            self._was_away = True
            _purge(producer)

    def _request_cluster_id(self) -> str:
        try:
            return str(self._get_producer().list_topics(timeout=CLUSTER_SECONDS_MAX).cluster_id)
        except KafkaException as problem:
            raise PublishError(f"No broker returned its cluster id: {problem}.") from problem

    async def _publish(self, rows: Sequence[asyncpg.Record]) -> None:
        """Produce a few rows here and wait for them in a thread; produce many rows in the thread too."""
        failed: list[KafkaError] = []
        if self._is_outdated:
            self._is_outdated = False
            await self.reset()
        if self._producer is not None:
            self._producer.poll(0)
            if self._was_away:
                self._discard_producer(self._producer)
                raise PublishError("The broker was away: check its cluster id before anything is published.")
        if len(rows) <= INLINE_ROWS_MAX and self._producer is not None:
            self._produce(self._producer, rows, failed)
            await asyncio.to_thread(self._await_acknowledgement, self._producer, len(rows), failed)
        else:
            await asyncio.to_thread(self._produce_and_wait, rows, failed)

    def _produce_and_wait(self, rows: Sequence[asyncpg.Record], failed: list[KafkaError]) -> None:
        producer = self._get_producer()
        self._produce(producer, rows, failed)
        self._await_acknowledgement(producer, len(rows), failed)

    def _produce(self, producer: Producer, rows: Sequence[asyncpg.Record], failed: list[KafkaError]) -> None:
        def report(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failed.append(error)

        try:
            produce = producer.produce
            for _, topic, key, trace, payload in map(_fields, rows):
                headers = [*_HEADERS, ("traceparent", trace.encode())] if trace else _HEADERS
                produce(topic, payload, key.encode(), headers=headers, on_delivery=report)
        except (KafkaException, BufferError) as problem:
            self._discard_producer(producer)
            raise PublishError(f"Kafka did not accept the batch: {problem}.") from problem

    def _await_acknowledgement(self, producer: Producer, count: int, failed: list[KafkaError]) -> None:
        try:
            remaining = producer.flush(self._acknowledge_seconds_max)
        except (KafkaException, SystemError):  # a fatal error is raised over the report of a delivery, or instead of it
            remaining = count
        if failed or remaining:
            first = failed[0] if failed else None
            _LOG.warning("publish_failed", error=first.name() if first else "not acknowledged in time", rows=count)
            self._discard_producer(producer)
            raise PublishError("Kafka did not acknowledge the batch; it is published again.")

    def _request_metadata(self, seconds_max: float) -> bool:
        if self._is_closed:
            return False
        try:
            return bool(self._get_producer().list_topics(timeout=seconds_max).brokers)
        except (KafkaException, PublishError):
            return False

    def _discard_producer(self, producer: Producer | None) -> None:
        """Discard this producer, unless another thread has already; the next use builds another."""
        with self._building:
            if producer is None or producer is not self._producer:
                return
            self._producer = None
        _discard(producer)


def _fields(row: asyncpg.Record) -> tuple[int, str, str, str | None, bytes]:
    return row["position"], row["topic"], row["key"], row["trace"], row["payload"]


def _purge(producer: Producer) -> None:
    with contextlib.suppress(KafkaException):  # after a fatal error it refuses this too
        producer.purge(in_queue=True, in_flight=True, blocking=False)


def _discard(producer: Producer) -> None:
    _purge(producer)
    with contextlib.suppress(KafkaException):
        producer.flush(0)
