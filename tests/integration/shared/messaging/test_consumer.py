"""The consumer: offsets follow the database, a failed one is restarted from them, stopping drains and does not hang."""

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
    RECORD_EFFECTS,
    TOPIC,
    CoreDatabase,
    build_fact,
    build_settings,
    emit,
    load_effects,
    load_held,
    make_event,
    person_id,
    record_effect,
    run_core,
    wait_for_effects,
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
def settings(database: CoreDatabase, own_broker: EmbeddedBroker) -> ServiceSettings:
    return build_settings(database, own_broker.bootstrap_servers, is_embedded=True)


async def produce(bootstrap_servers: str, *messages: tuple[int, bytes, bytes, Any]) -> None:
    """Produce messages to given partitions: (partition, key, value, headers)."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=bootstrap_servers)  # type: ignore[no-untyped-call]  # in part
    await producer.start()
    try:
        for partition, key, value, headers in messages:
            await producer.send_and_wait(TOPIC, value, key, partition, headers=headers)
    finally:
        await producer.stop()


async def count_committed(settings: ServiceSettings) -> int:
    """Return the sum of the committed offsets of the group over all partitions."""
    consumer: Any = AIOKafkaConsumer(  # type: ignore[no-untyped-call]  # aiokafka is typed in part
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=f"meedoen-{settings.service}",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        return sum([await consumer.committed(TopicPartition(TOPIC, number)) or 0 for number in range(PARTITIONS)])
    finally:
        await consumer.stop()


def steps_per_person(people: int, steps: int) -> dict[UUID, list[int]]:
    return {person_id(number): list(range(steps)) for number in range(people)}


async def test_offsets_are_committed_after_the_database_and_never_before(
    database: CoreDatabase, settings: ServiceSettings
) -> None:
    is_away, tries = True, 0

    async def handler(received: Withdrawn, tx: Transaction) -> Outcome:
        nonlocal tries
        tries += 1
        if is_away:
            raise asyncpg.CannotConnectNowError("the database is starting up")
        return await record_effect(received, tx)

    expected = steps_per_person(4, 5)
    await emit(database, (build_fact(who, step) for who, steps in expected.items() for step in steps))
    async with run_core(settings, [Subscription(CandidateWithdrawn, handler)]) as core:
        await eventually(lambda: tries >= 3, 30)
        assert await count_committed(settings) == 0
        assert await load_effects(database) == {}
        is_away = False
        await wait_for_effects(database, expected)
        await eventually(lambda: _lag_is_zero(core), 20)
        committed = await count_committed(settings)
    assert committed >= 20


async def _lag_is_zero(core: Any) -> bool:
    status = await core.measure()
    return bool(status.consumer_lag == 0 and status.broker_connected and status.outbox_depth == 0)


class _NotText(str):
    """The name of a header that is not UTF-8, as a client in another language can send it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xff\xfe"


@pytest.fixture
def pure_python_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the pure Python writer of aiokafka, which accepts a header name that is not text."""
    for module in (aiokafka.producer.message_accumulator, aiokafka.producer.producer):
        monkeypatch.setattr(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)


@pytest.mark.usefixtures("pure_python_batches")
async def test_a_message_whose_headers_cannot_be_decoded_is_parked_and_nothing_around_it_is_lost(
    database: CoreDatabase, own_broker: EmbeddedBroker
) -> None:
    settings = build_settings(database, own_broker.bootstrap_servers, is_embedded=True)
    expected = steps_per_person(1, 40)
    (who,) = expected
    around = [
        (step % PARTITIONS, str(who).encode(), make_event(who, step).payload, list(HEADERS)) for step in range(40)
    ]
    poison = (2, b"bad", b"poison", [(_NotText("name"), b"x")])
    await produce(settings.kafka_bootstrap_servers, *around[:20], poison, *around[20:])
    async with run_core(settings, RECORD_EFFECTS) as core:
        await eventually(lambda: _all_steps(database, who, 40), 40)
        await eventually(lambda: _lag_is_zero(core), 20)

    (row,) = await load_held(database)
    assert (row["reason"], row["payload"], row["record_key"]) == ("unreadable", b"poison", b"bad")
    assert "not a CloudEvents JSON document" in row["sentence"]


async def _all_steps(database: CoreDatabase, who: UUID, count: int) -> bool:
    return sorted((await load_effects(database)).get(who, [])) == list(range(count))


async def test_a_consumer_that_fails_is_restarted_and_what_it_had_fetched_is_not_lost(
    database: CoreDatabase, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 0
    poll = ResilientConsumer._poll

    async def poll_and_fail(self: ResilientConsumer, *options: Any) -> Any:
        nonlocal failures
        records = await poll(self, *options)
        if records and failures < 2:
            failures += 1
            raise KafkaError("unexpected")
        return records

    monkeypatch.setattr(ResilientConsumer, "_poll", poll_and_fail)
    expected = steps_per_person(3, 20)
    await emit(database, (build_fact(who, step) for step in range(20) for who in expected))
    async with run_core(settings, RECORD_EFFECTS):
        await wait_for_effects(database, expected, 60)
    assert failures == 2


async def test_offsets_are_committed_by_members_only(settings: ServiceSettings) -> None:
    consumer: Any = ResilientConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        is_embedded=True,
        on_failure=lambda _: None,
        group_id=f"meedoen-{settings.service}",
        enable_auto_commit=False,
    )
    consumer.subscribe([TOPIC])
    await consumer.start()
    try:
        consumer._coordinator.generation = -1
        (partition, *_) = consumer.assignment()
        with pytest.raises(CommitFailedError):
            await consumer.commit({partition: 12_345})
        assert await consumer.committed(partition) is None
    finally:
        await consumer.stop()


class TestStopping:
    async def test_a_handler_in_the_middle_of_its_transaction_finishes_and_is_not_called_again(
        self, database: CoreDatabase, settings: ServiceSettings
    ) -> None:
        expected = steps_per_person(1, 1)
        begun, calls = asyncio.Event(), 0

        async def slow(received: Withdrawn, tx: Transaction) -> Outcome:
            nonlocal calls
            outcome = await record_effect(received, tx)
            if received.data.person_id in expected:
                calls += 1
                begun.set()
                await (await tx.driver()).execute("SELECT pg_sleep(1)")
            return outcome

        line = [Subscription(CandidateWithdrawn, slow)]
        async with run_core(settings, line):
            await emit(database, [build_fact(who, 0) for who in expected])
            await asyncio.wait_for(begun.wait(), 30)
        effects = await load_effects(database)
        assert {who: steps for who, steps in effects.items() if who in expected} == expected
        committed = await count_committed(settings)
        async with run_core(settings, line) as again:
            await eventually(lambda: _lag_is_zero(again), 20)
        assert calls == 1
        assert await count_committed(settings) >= committed

    async def test_a_dead_broker_does_not_stop_a_service_from_stopping(
        self, database: CoreDatabase, own_broker: EmbeddedBroker
    ) -> None:
        expected = steps_per_person(2, 3)
        settings = build_settings(
            database, own_broker.bootstrap_servers, is_embedded=True, shutdown_drain_seconds_max=3
        )
        core_stopped = time.monotonic()
        async with run_core(settings, RECORD_EFFECTS) as core:
            await emit(database, (build_fact(who, step) for step in range(3) for who in expected))
            await wait_for_effects(database, expected)
            own_broker.kill()
            await emit(database, [build_fact(person_id(9), 1)])
            await eventually(lambda: _is_unconnected(core), 20)
            core_stopped = time.monotonic()
        assert time.monotonic() - core_stopped < 15

    async def test_stopping_while_starting_leaves_nothing_behind(self, settings: ServiceSettings) -> None:
        for pause_seconds in (0.0, 0.05, 0.2, 0.4):
            before = asyncio.all_tasks()
            async with run_core(settings, RECORD_EFFECTS), asyncio.timeout(60):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), pause_seconds)
            await eventually(functools.partial(_nothing_left, before))

    async def test_without_a_broker_it_starts_reports_it_and_stops(self, database: CoreDatabase) -> None:
        nowhere = build_settings(database, "127.0.0.1:1", is_embedded=True, shutdown_drain_seconds_max=3)
        async with run_core(nowhere, RECORD_EFFECTS) as core, asyncio.timeout(30):
            status = await core.status()
            assert (status.broker_connected, status.consumer_lag) == (False, None)


async def _is_unconnected(core: Any) -> bool:
    return not (await core.status()).broker_connected


def _nothing_left(before: set["asyncio.Task[Any]"]) -> bool:
    return asyncio.all_tasks() - before == set()
