"""The publisher: a batch is acknowledged or fails as a whole, and after a failure a new producer goes on."""

import asyncio
import ctypes
import time
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.partitioner import DefaultPartitioner
from core_broker import Tap, open_publisher, open_tap, run_relay
from core_rig import TOPIC, CoreDatabase, build_fact, emit, fetch_rows, person_id

from meedoen.stack.embedded_broker import EmbeddedBroker
from meedoen.stack.mock_cluster import load_library
from shared.messaging.failures import PublishError
from shared.messaging.publisher import KafkaPublisher
from shared.testing.eventually import eventually

FATAL = 47  # INVALID_PRODUCER_EPOCH: another producer has replaced this one
POINTER_BYTES = ctypes.sizeof(ctypes.c_void_p)


def break_producer(publisher: KafkaPublisher) -> None:
    """Set a fatal error in librdkafka: the producer then refuses everything for the rest of its life."""
    assert publisher._producer is not None
    library = load_library()
    library.rd_kafka_test_fatal_error.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
    handle = ctypes.c_void_p.from_address(id(publisher._producer) + 2 * POINTER_BYTES)
    assert library.rd_kafka_test_fatal_error(handle, FATAL, b"a test") == 0


async def outbox(database: CoreDatabase) -> list[Any]:
    return await fetch_rows(
        database.admin_url, "SELECT position, topic, key, trace, payload FROM messaging.outbox ORDER BY 1"
    )


async def test_a_fatal_error_rebuilds_the_producer_and_the_relay_goes_on_in_order(
    database: CoreDatabase, embedded_broker: str
) -> None:
    who = person_id(1, uuid4().hex)
    async with (
        open_tap(embedded_broker) as tap,
        open_publisher(embedded_broker) as publisher,
        run_relay(database, publisher, batch_rows_max=20),
    ):
        for upto in (50, 100, 150, 200):
            await emit(database, (build_fact(who, step) for step in range(upto - 50, upto)))
            await eventually(partial(_has_arrived, tap, who, upto), 30)
            break_producer(publisher)


async def _has_arrived(tap: Tap, who: UUID, upto: int) -> bool:
    await tap.drain()
    return tap.first_arrivals().get(who) == list(range(upto))


async def test_a_broker_that_is_away_fails_the_batch_within_the_timeout(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    await emit(database, [build_fact(person_id(1), 1)])
    async with open_publisher(own_broker.bootstrap_servers, acknowledge_seconds_max=5.0) as publisher:
        await publisher.publish(await outbox(database))
        own_broker.kill()
        started = time.monotonic()
        with pytest.raises(PublishError, match=r"published again|check its cluster id"):
            await publisher.publish(await outbox(database))
        assert time.monotonic() - started < 10
        assert not await publisher.is_connected(0.5)


async def test_a_relay_that_is_stopped_does_not_wait_for_a_broker_that_is_away(database: CoreDatabase) -> None:
    await emit(database, [build_fact(person_id(1), 1)])
    async with open_publisher("127.0.0.1:1", acknowledge_seconds_max=60.0) as publisher:
        publishing = asyncio.create_task(publisher.publish(await outbox(database)))
        await asyncio.wait({publishing}, timeout=0.1)
        started = time.monotonic()
        publishing.cancel()
        with pytest.raises((asyncio.CancelledError, PublishError)):
            await publishing
        assert time.monotonic() - started < 5


async def test_a_person_has_the_same_partition_as_with_other_clients(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    await emit(database, (build_fact(person_id(number), 1) for number in range(30)))
    async with open_publisher(own_broker.bootstrap_servers) as publisher:
        await publisher.publish(await outbox(database))
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        TOPIC, bootstrap_servers=own_broker.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    records = [await consumer.getone() for _ in range(30)]
    await consumer.stop()

    partitions = list(range(6))
    choose = DefaultPartitioner()
    assert [record.partition for record in records] == [
        choose(record.key, partitions, partitions) for record in records
    ]
    assert {record.headers for record in records} == {
        (("content-type", b"application/cloudevents+json; charset=utf-8"),)
    }


async def test_a_closed_publisher_connects_to_no_broker(embedded_broker: str) -> None:
    publisher = KafkaPublisher(embedded_broker, client_id="rig")
    assert await publisher.is_connected()
    await publisher.close()
    assert not await publisher.is_connected()
    assert publisher._producer is None
