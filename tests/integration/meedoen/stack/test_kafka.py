"""Apache Kafka of the local runner: real partition counts, and every way a fault test hurts it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from meedoen.stack import kafka, kafka_jars
from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka import ExternalBroker, find_kafka, start_kafka
from meedoen.stack.kafka_container import container_environment
from meedoen.stack.topics import partition_counts

TOPICS = {"people": 6, "households": 3}


@pytest.fixture(scope="module")
def kafka_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("kafka")
    yield home
    running = find_kafka(home, TOPICS)
    if running is not None:
        running.remove()


@pytest.fixture
def broker(kafka_home: Path, monkeypatch: pytest.MonkeyPatch) -> BrokerProcess:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    return start_kafka(kafka_home, TOPICS)


async def send(broker: BrokerProcess, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait("people", value, key=b"one person")


async def read(broker: BrokerProcess) -> list[bytes]:
    """Everything on the topic, from the beginning to the end it has now."""
    values: list[bytes] = []
    async with AIOKafkaConsumer(
        "people", bootstrap_servers=broker.bootstrap_servers, group_id=None, auto_offset_reset="earliest"
    ) as consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while sum(ends.values()) > len(values):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                values += [message.value for message in messages]
    return values


@pytest.mark.kafka
def test_topics_have_the_partitions_that_were_asked_for(broker: BrokerProcess) -> None:
    assert TOPICS.items() <= (partition_counts(broker.bootstrap_servers) or {}).items()


@pytest.mark.kafka
async def test_what_was_acknowledged_survives_kill_9_at_the_same_address(broker: BrokerProcess) -> None:
    broker.wipe_and_restart()
    sent = [str(number).encode() for number in range(50)]
    await send(broker, sent)

    broker.kill()
    assert partition_counts(broker.bootstrap_servers) is None
    broker.restart()

    assert await read(broker) == sent


@pytest.mark.kafka
async def test_a_restart_keeps_the_events(broker: BrokerProcess) -> None:
    broker.wipe_and_restart()
    await send(broker, [b"kept"])

    broker.restart()

    assert await read(broker) == [b"kept"]


@pytest.mark.kafka
async def test_a_wiped_broker_is_empty_and_has_its_topics_at_the_same_address(broker: BrokerProcess) -> None:
    await send(broker, [b"lost"])

    broker.wipe_and_restart()

    assert (partition_counts(broker.bootstrap_servers) or {}) == TOPICS
    assert await read(broker) == []


@pytest.mark.kafka
def test_a_second_start_finds_the_running_broker(broker: BrokerProcess, kafka_home: Path) -> None:
    process = broker.pid

    assert start_kafka(kafka_home, TOPICS) == broker
    assert find_kafka(kafka_home, TOPICS) == broker
    assert broker.pid == process


@pytest.mark.kafka
def test_a_given_address_is_used_filled_with_topics_and_left_running(
    broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    topic = f"new-{uuid4().hex}"

    external = start_kafka(tmp_path, {topic: 5})
    external.stop()

    assert external == ExternalBroker(broker.bootstrap_servers)
    assert (partition_counts(broker.bootstrap_servers) or {})[topic] == 5
    with pytest.raises(LocalError, match=f"Topic {topic} at .* has 5 partitions instead of 7: delete that topic"):
        start_kafka(tmp_path, {topic: 7})


def test_an_address_where_nothing_answers_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meedoen.stack.topics.REQUEST_SECONDS_MAX", 0.5)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")

    with pytest.raises(
        LocalError, match=r"No Kafka broker answers at 127\.0\.0\.1:1: start it, or correct the address"
    ):
        start_kafka(tmp_path, TOPICS)


def fake_java(folder: Path, version: str) -> None:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (lambda folder: (folder / "bin").mkdir(), "needs Java 17 or newer and none is found"),
        (lambda folder: fake_java(folder, "11.0.2"), "needs Java 17 or newer and .* is 11"),
    ],
)
def test_a_machine_without_a_fitting_java_is_told_so(
    prepare: Callable[[Path], None], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    with pytest.raises(LocalError, match=sentence):
        kafka_jars.find_java()


def test_a_machine_without_maven_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalError, match="mvn is not on the PATH: install Maven"):
        kafka_jars.kafka_jars(lambda _: None)


def test_a_download_that_fails_leaves_no_half_filled_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] no route to the repository -> [Help 1]'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(LocalError, match=r"could not fetch Apache Kafka .* \(no route to the repository\)"):
        kafka_jars.kafka_jars(lambda _: None)

    assert not list((tmp_path / "cache").rglob("jars"))


def test_an_unknown_source_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("MEEDOEN_KAFKA_FROM", "homebrew")

    with pytest.raises(LocalError, match="is 'homebrew': set it to docker or jars, or leave it out"):
        start_kafka(tmp_path, TOPICS)


def test_docker_that_does_not_answer_means_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.delenv("MEEDOEN_KAFKA_FROM", raising=False)

    assert kafka._choose_source() == "jars"


def test_the_container_tells_clients_the_address_they_used() -> None:
    environment = container_environment("127.0.0.1:20123")["KAFKA_ADVERTISED_LISTENERS"]

    assert environment == "PLAINTEXT://127.0.0.1:20123,INSIDE://localhost:9094"
