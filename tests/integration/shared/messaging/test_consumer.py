"""The consumer: offsets follow the database, a failed one begins again from them, stopping drains and does not hang."""

import asyncio
import contextlib
import functools
import time
from typing import Any
from uuid import UUID

import aiokafka.producer.message_accumulator
import aiokafka.producer.producer
import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from core_rig import (
    HEADERS,
    KEEP,
    TOPIC,
    CoreDatabase,
    all_effects,
    effects,
    emit,
    fact,
    held,
    keep,
    person,
    running,
    settings,
    written,
)

from meedoen.stack.embedded_broker import EmbeddedBroker
from shared.database.transactions import Transaction
from shared.events import CandidateWithdrawn
from shared.messaging import Outcome, Received, Subscription
from shared.messaging.kafka_consumer import ResilientConsumer
from shared.settings import ServiceSettings
from shared.testing.eventually import eventually

Withdrawn = Received[CandidateWithdrawn]
PARTITIONS = CandidateWithdrawn.event_type.topic.partitions


@pytest.fixture
def chosen(database: CoreDatabase, own_broker: EmbeddedBroker) -> ServiceSettings:
    return settings(database, own_broker.bootstrap_servers, is_embedded=True)


async def produce(bootstrap_servers: str, *messages: tuple[int, bytes, bytes, Any]) -> None:
    """Messages straight onto partitions: (partition, key, value, headers)."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)  # type: ignore[no-untyped-call]  # in part
    await producer.start()
    try:
        for partition, key, value, headers in messages:
            await producer.send_and_wait(TOPIC, value, key, partition, headers=headers)
    finally:
        await producer.stop()


async def committed(chosen: ServiceSettings) -> int:
    """How many messages the group has told to be finished, over all partitions."""
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        bootstrap_servers=chosen.kafka_bootstrap_servers, group_id=f"meedoen-{chosen.service}", enable_auto_commit=False
    )
    await consumer.start()
    try:
        return sum([await consumer.committed(TopicPartition(TOPIC, place)) or 0 for place in range(PARTITIONS)])
    finally:
        await consumer.stop()


def expected(people: int, steps: int) -> dict[UUID, list[int]]:
    return {person(number): list(range(steps)) for number in range(people)}


async def test_offsets_are_committed_after_the_database_and_never_before(
    database: CoreDatabase, chosen: ServiceSettings
) -> None:
    is_away, tries = True, 0

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        nonlocal tries
        tries += 1
        if is_away:
            raise asyncpg.CannotConnectNowError("the database is starting up")
        return await keep(received, tx)

    there = expected(4, 5)
    await emit(database, (fact(who, step) for who, steps in there.items() for step in steps))
    async with running(chosen, [Subscription(CandidateWithdrawn, handler)]) as core:
        await eventually(lambda: tries >= 3, 30)
        assert await committed(chosen) == 0
        assert await effects(database) == {}
        is_away = False
        await all_effects(database, there)
        await eventually(lambda: _lag_is_zero(core), 20)
        finished = await committed(chosen)
    assert finished >= 20


async def _lag_is_zero(core: Any) -> bool:
    status = await core.measure()
    return bool(status.consumer_lag == 0 and status.broker_connected and status.outbox_depth == 0)


class _NoText(str):
    """A header's name that is not UTF-8, as a client in another language can send it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff\xfe"


@pytest.fixture
def pure_python_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka's own slow writer, which lets a name be no text; its fast one does not."""
    for module in (aiokafka.producer.message_accumulator, aiokafka.producer.producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


@pytest.mark.usefixtures("pure_python_batches")
async def test_a_message_whose_headers_can_not_be_read_is_parked_and_nothing_around_it_is_lost(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    chosen = settings(database, own_broker.bootstrap_servers, is_embedded=True)
    there = expected(1, 40)
    (who,) = there
    around = [(step % PARTITIONS, b"good", written(fact(who, step)).payload, list(HEADERS)) for step in range(40)]
    poison = (2, b"bad", b"poison", [(_NoText("name"), b"x")])
    await produce(chosen.kafka_bootstrap_servers, *around[:20], poison, *around[20:])
    async with running(chosen, KEEP) as core:
        await eventually(lambda: _all_steps(database, who, 40), 40)
        await eventually(lambda: _lag_is_zero(core), 20)

    (row,) = await held(database)
    assert (row["reason"], row["payload"], row["key"]) == ("unreadable", b"poison", "bad")
    assert "not a CloudEvents JSON document" in row["sentence"]


async def _all_steps(database: CoreDatabase, who: UUID, count: int) -> bool:
    return sorted((await effects(database)).get(who, [])) == list(range(count))


async def test_a_consumer_that_fails_is_made_anew_and_what_it_had_read_is_not_lost(
    database: CoreDatabase, chosen: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 0
    read_on = ResilientConsumer._poll

    async def reads_and_fails(self: ResilientConsumer, *options: Any) -> Any:
        nonlocal failures
        records = await read_on(self, *options)
        if records and failures < 2:
            failures += 1
            raise KafkaError("unexpected")
        return records

    monkeypatch.setattr(ResilientConsumer, "_poll", reads_and_fails)
    there = expected(3, 20)
    await emit(database, (fact(who, step) for step in range(20) for who in there))
    async with running(chosen, KEEP):
        await all_effects(database, there, 60)
    assert failures == 2


async def test_offsets_are_committed_by_members_only(chosen: ServiceSettings) -> None:
    consumer: Any = ResilientConsumer(
        bootstrap_servers=chosen.kafka_bootstrap_servers,
        is_embedded=True,
        on_failure=lambda _: None,
        group_id=f"meedoen-{chosen.service}",
        enable_auto_commit=False,
    )
    consumer.subscribe([TOPIC])
    await consumer.start()
    try:
        consumer._coordinator.generation = -1
        (place, *_) = consumer.assignment()
        with pytest.raises(CommitFailedError):
            await consumer.commit({place: 12_345})
        assert await consumer.committed(place) is None
    finally:
        await consumer.stop()


class TestStopping:
    async def test_a_handler_in_the_middle_of_its_transaction_finishes_and_is_not_asked_again(
        self, database: CoreDatabase, chosen: ServiceSettings
    ) -> None:
        begun, asked = asyncio.Event(), 0

        async def slow(received: Withdrawn, tx: Transaction) -> Outcome:
            nonlocal asked
            outcome = await keep(received, tx)
            if received.data.person_id in there:
                asked += 1
                begun.set()
                await (await tx.driver()).execute("SELECT pg_sleep(1)")
            return outcome

        there = expected(1, 1)
        line = [Subscription(CandidateWithdrawn, slow)]
        async with running(chosen, line):
            await emit(database, [fact(who, 0) for who in there])
            await asyncio.wait_for(begun.wait(), 30)
        assert {who: steps for who, steps in (await effects(database)).items() if who in there} == there
        finished = await committed(chosen)
        async with running(chosen, line) as again:
            await eventually(lambda: _lag_is_zero(again), 20)
        assert asked == 1
        assert await committed(chosen) >= finished

    async def test_a_broker_that_is_gone_does_not_keep_a_service_from_stopping(
        self, database: CoreDatabase, own_broker: EmbeddedBroker
    ) -> None:
        there = expected(2, 3)
        chosen = settings(database, own_broker.bootstrap_servers, is_embedded=True, shutdown_drain_seconds_max=3)
        core_stopped = time.monotonic()
        async with running(chosen, KEEP) as core:
            await emit(database, (fact(who, step) for step in range(3) for who in there))
            await all_effects(database, there)
            own_broker.kill()
            await emit(database, [fact(person(9), 1)])
            await eventually(lambda: _is_unconnected(core), 20)
            core_stopped = time.monotonic()
        assert time.monotonic() - core_stopped < 15

    async def test_stopping_while_starting_leaves_nothing_behind(self, chosen: ServiceSettings) -> None:
        for pause_seconds in (0.0, 0.05, 0.2, 0.4):
            before = asyncio.all_tasks()
            async with running(chosen, KEEP), asyncio.timeout(60):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), pause_seconds)
            await eventually(functools.partial(_nothing_left, before))

    async def test_without_a_broker_it_starts_says_so_and_stops(self, database: CoreDatabase) -> None:
        nowhere = settings(database, "127.0.0.1:1", is_embedded=True, shutdown_drain_seconds_max=3)
        async with running(nowhere, KEEP) as core, asyncio.timeout(30):
            status = await core.status()
            assert (status.broker_connected, status.consumer_lag) == (False, 0)


async def _is_unconnected(core: Any) -> bool:
    return not (await core.status()).broker_connected


def _nothing_left(before: set["asyncio.Task[Any]"]) -> bool:
    return asyncio.all_tasks() - before == set()
