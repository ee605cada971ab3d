"""The embedded broker as aiokafka sees it: real partition counts, groups that share, polls that keep pace."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance
from confluent_kafka.admin import AdminClient

from meedoen.stack.embedded_broker import EmbeddedBroker, find_embedded_broker, start_embedded_broker
from meedoen.stack.errors import LocalError
from meedoen.stack.processes import kill_process, python_environment, start_process
from shared.messaging import embedded
from shared.messaging.embedded import CONSUMER_LIMITS, PollPace, apply_embedded_limits
from shared.testing import eventually

TOPICS = {"people": 6, "households": 3}

MEMBER = """
import asyncio, json, sys
from aiokafka import AIOKafkaConsumer
from shared.messaging.embedded import CONSUMER_LIMITS, apply_embedded_limits

async def main(address, place):
    apply_embedded_limits()
    async with AIOKafkaConsumer(
        "people", bootstrap_servers=address, group_id="shared", **CONSUMER_LIMITS
    ) as consumer:
        while True:
            await consumer.getmany(timeout_ms=100)
            with open(place, "w") as file:
                json.dump(sorted(part.partition for part in consumer.assignment()), file)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    started = start_embedded_broker(tmp_path, TOPICS)
    yield started
    started.remove()


def consumer_of(broker: EmbeddedBroker, group: str = "shared") -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        "people",
        bootstrap_servers=broker.bootstrap_servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **CONSUMER_LIMITS,
    )


def test_topics_have_the_partitions_that_were_asked_for(broker: EmbeddedBroker) -> None:
    metadata = AdminClient({"bootstrap.servers": broker.bootstrap_servers}).list_topics(timeout=5).topics

    assert {name: len(topic.partitions) for name, topic in metadata.items()} == TOPICS


async def test_what_is_sent_is_read_in_order(broker: EmbeddedBroker) -> None:
    sent = [str(number).encode() for number in range(200)]
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, enable_idempotence=True) as producer:
        for value in sent:
            await producer.send("people", value, key=b"one person")
    read: list[bytes] = []
    async with consumer_of(broker) as consumer:

        async def read_on() -> bool:
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                read.extend(message.value for message in messages)
            return len(read) >= len(sent)

        await eventually(read_on)
    assert read == sent


async def test_two_members_in_one_process_share_the_partitions(broker: EmbeddedBroker) -> None:
    apply_embedded_limits()
    async with asyncio.TaskGroup() as starting:
        members = [consumer_of(broker), consumer_of(broker)]
        for member in members:
            starting.create_task(member.start())
    try:
        await eventually(lambda: sorted(len(member.assignment()) for member in members) == [3, 3])
        assert len(members[0].assignment() | members[1].assignment()) == 6
    finally:
        for member in members:
            await member.stop()


async def test_two_members_in_two_processes_share_the_partitions(broker: EmbeddedBroker, tmp_path: Path) -> None:
    places = [tmp_path / "first.json", tmp_path / "second.json"]
    members = [
        start_process(
            [sys.executable, "-c", MEMBER, broker.bootstrap_servers, partition],
            log_file=tmp_path / f"{partition.name}.log",
            environment=python_environment(),
        )
        for partition in places
    ]

    def shares() -> list[list[int]]:
        return [json.loads(partition.read_text() or "[]") if partition.exists() else [] for partition in places]

    try:
        await eventually(lambda: sorted(len(share) for share in shares()) == [3, 3], deadline_seconds=30)
        assert sorted(part for share in shares() for part in share) == list(range(6))
    finally:
        for member in members:
            kill_process(member, marker="aiokafka")


async def test_a_member_that_asks_too_late_joins_again(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    apply_embedded_limits()
    ask = CoordinatorGroupRebalance._on_join_follower
    late: list[str] = []

    async def ask_late_once(self: CoordinatorGroupRebalance) -> object:
        if not late:
            late.append(self._coordinator.member_id)
            await asyncio.sleep(2 * embedded.LEADER_DELAY_SECONDS)
        return await ask(self)

    monkeypatch.setattr(CoordinatorGroupRebalance, "_on_join_follower", ask_late_once)
    members = [consumer_of(broker), consumer_of(broker)]
    starts = [asyncio.create_task(member.start()) for member in members]
    try:
        await eventually(lambda: sorted(len(member.assignment()) for member in members) == [3, 3], 30)
        assert late
    finally:
        await asyncio.gather(*starts)
        for member in members:
            await member.stop()


async def test_polls_are_close_while_events_flow_and_rarer_the_longer_none_come(broker: EmbeddedBroker) -> None:
    now_seconds = 1_000.0
    consumer = consumer_of(broker)
    pace = PollPace(consumer, lambda: now_seconds)

    def wait_ms_after(quiet_seconds: float) -> int:
        nonlocal now_seconds
        now_seconds += quiet_seconds
        pace.record_poll(had_events=False)
        return int(consumer._fetcher._fetch_max_wait_ms)

    async with consumer:
        assert wait_ms_after(0.0) == embedded.POLL_WAIT_IDLE_MS
        pace.record_poll(had_events=True)
        assert consumer._fetcher._fetch_max_wait_ms == embedded.POLL_WAIT_MS_MIN
        assert pace.poll_again_ms == embedded.POLL_AGAIN_MS_MIN
        assert wait_ms_after(0.019) == embedded.POLL_WAIT_MS_MIN
        assert wait_ms_after(0.181) == pytest.approx(20, abs=1)
        assert pace.poll_again_ms == pytest.approx(100, abs=1)
        assert wait_ms_after(60.0) == embedded.POLL_WAIT_IDLE_MS
        pace.record_poll(had_events=True)
        assert consumer._fetcher._fetch_max_wait_ms == embedded.POLL_WAIT_MS_MIN


async def test_an_event_reaches_a_consumer_of_a_flow_well_within_the_idle_wait(broker: EmbeddedBroker) -> None:
    delays_ms: list[float] = []
    async with (
        AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers) as producer,
        consumer_of(broker) as consumer,
    ):
        pace = PollPace(consumer)
        for _ in range(30):
            sent = time.perf_counter()
            await producer.send_and_wait("people", b"now")
            batch = await consumer.getmany(timeout_ms=1000)
            pace.record_poll(had_events=bool(batch))
            delays_ms.append(1000 * (time.perf_counter() - sent))
    assert statistics.median(delays_ms) < CONSUMER_LIMITS["fetch_max_wait_ms"] / 4


async def test_an_aiokafka_of_another_shape_is_refused_in_one_sentence(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "FETCH_WAIT", "_renamed")
    async with consumer_of(broker) as consumer:
        with pytest.raises(embedded.EmbeddedLimitsError, match="has no _renamed any more"):
            PollPace(consumer)
    monkeypatch.setattr(embedded, "JOIN_AS_LEADER", "_moved")
    with pytest.raises(embedded.EmbeddedLimitsError, match="has no _moved any more"):
        apply_embedded_limits()


def test_a_running_broker_is_found_again_and_other_topics_are_refused(broker: EmbeddedBroker, tmp_path: Path) -> None:
    assert find_embedded_broker(tmp_path) == broker
    assert start_embedded_broker(tmp_path, TOPICS) == broker
    with pytest.raises(LocalError, match="with other topics runs in"):
        start_embedded_broker(tmp_path, {"people": 7})


def test_a_broker_that_was_killed_is_not_found(broker: EmbeddedBroker, tmp_path: Path) -> None:
    broker.kill()

    assert broker.pid is None
    assert find_embedded_broker(tmp_path) is None


async def test_a_broker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = start_process(["sleep", "60"], log_file=tmp_path / "parent.log")
    broker = start_embedded_broker(tmp_path, TOPICS, parent_pid=parent)

    kill_process(parent, marker="sleep")

    await eventually(lambda: broker.pid is None)


def test_a_restart_is_refused_because_nothing_would_be_left(broker: EmbeddedBroker) -> None:
    with pytest.raises(LocalError, match="embedded broker cannot keep its data over a restart"):
        broker.restart()
