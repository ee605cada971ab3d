"""The way out: a batch is acknowledged whole or fails whole, and after a failure a new producer goes on."""

import asyncio
import ctypes
import time
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.partitioner import DefaultPartitioner
from core_broker import Tap, publishing, relaying, tapped
from core_rig import TOPIC, CoreDatabase, emit, fact, person, rows

from meedoen.stack.embedded_broker import EmbeddedBroker
from meedoen.stack.mock_cluster import load_library
from shared.messaging.publisher import KafkaPublisher
from shared.messaging.relay import PublishError
from shared.testing.eventually import eventually

FATAL = 47  # INVALID_PRODUCER_EPOCH: another producer has taken this one's place
POINTER_BYTES = ctypes.sizeof(ctypes.c_void_p)


def break_for_good(publisher: KafkaPublisher) -> None:
    """Let librdkafka believe in a fatal error: the producer then refuses everything for the rest of its life."""
    assert publisher._producer is not None
    library = load_library()
    library.rd_kafka_test_fatal_error.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
    handle = ctypes.c_void_p.from_address(id(publisher._producer) + 2 * POINTER_BYTES)
    assert library.rd_kafka_test_fatal_error(handle, FATAL, b"a test") == 0


async def outbox(database: CoreDatabase) -> list[Any]:
    return await rows(
        database.admin_url, "SELECT position, topic, key, trace, payload FROM messaging.outbox ORDER BY 1"
    )


async def test_a_fatal_error_rebuilds_the_producer_and_the_relay_goes_on_in_order(
    database: CoreDatabase, embedded_broker: str
) -> None:
    who = person(1, uuid4().hex)
    async with (
        tapped(embedded_broker) as tap,
        publishing(embedded_broker) as publisher,
        relaying(database, publisher, batch_rows_max=20),
    ):
        for upto in (50, 100, 150, 200):
            await emit(database, (fact(who, step) for step in range(upto - 50, upto)))
            await eventually(partial(_came, tap, who, upto), 30)
            break_for_good(publisher)


async def _came(tap: Tap, who: UUID, upto: int) -> bool:
    await tap.drain()
    return tap.firsts().get(who) == list(range(upto))


async def test_a_broker_that_is_away_fails_the_batch_in_the_time_it_may_take(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    await emit(database, [fact(person(1), 1)])
    async with publishing(own_broker.bootstrap_servers, acknowledge_seconds_max=5.0) as publisher:
        await publisher.publish(await outbox(database))
        own_broker.kill()
        started = time.monotonic()
        with pytest.raises(PublishError, match=r"published again|check its cluster id"):
            await publisher.publish(await outbox(database))
        assert time.monotonic() - started < 10
        assert not await publisher.is_connected(0.5)


async def test_a_relay_that_is_stopped_does_not_wait_for_a_broker_that_is_away(database: CoreDatabase) -> None:
    await emit(database, [fact(person(1), 1)])
    async with publishing("127.0.0.1:1", acknowledge_seconds_max=60.0) as publisher:
        sending = asyncio.create_task(publisher.publish(await outbox(database)))
        await asyncio.wait({sending}, timeout=0.1)
        started = time.monotonic()
        sending.cancel()
        with pytest.raises((asyncio.CancelledError, PublishError)):
            await sending
        assert time.monotonic() - started < 5


async def test_a_person_has_the_partition_that_other_clients_give_it(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    await emit(database, (fact(person(number), 1) for number in range(30)))
    async with publishing(own_broker.bootstrap_servers) as publisher:
        await publisher.publish(await outbox(database))
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        TOPIC, bootstrap_servers=own_broker.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    found = [await consumer.getone() for _ in range(30)]
    await consumer.stop()

    partitions = list(range(6))
    choose = DefaultPartitioner()
    assert [one.partition for one in found] == [choose(one.key, partitions, partitions) for one in found]
    assert {one.headers for one in found} == {(("content-type", b"application/cloudevents+json; charset=utf-8"),)}


async def test_a_closed_publisher_asks_nobody_anything(embedded_broker: str) -> None:
    publisher = KafkaPublisher(embedded_broker, client_id="rig")
    assert await publisher.is_connected()
    await publisher.close()
    assert not await publisher.is_connected()
    assert publisher._producer is None
