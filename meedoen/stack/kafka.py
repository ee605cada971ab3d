"""Apache Kafka 4 for the local runner and the fault tests, from wherever this machine can get it.

Order: the address in KAFKA_BOOTSTRAP_SERVERS; a container when Docker answers; else the jars, by Maven and Java.
MEEDOEN_KAFKA_FROM=jars or =docker skips the choice. Every way ends with the topics present, with the partition
counts that were asked for.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_container import docker_answers, start_container
from meedoen.stack.kafka_node import start_node
from meedoen.stack.processes import Progress, hold_lock
from meedoen.stack.topics import create_topics

ADDRESS_SETTING = "KAFKA_BOOTSTRAP_SERVERS"
SOURCE_SETTING = "MEEDOEN_KAFKA_FROM"
SOURCES = ("docker", "jars")


@dataclass(frozen=True)
class ExternalBroker(BrokerProcess):
    """A broker that someone else runs: it is used, never stopped."""

    kind = "given"
    bootstrap_servers: str

    def stop(self) -> None:
        """Leave it running: it is not ours."""

    def remove(self) -> None:
        """Leave its data: they are not ours."""


def start_kafka(
    state_dir: Path,
    topics: dict[str, int],
    *,
    on_progress: Progress = lambda _: None,
    parent_pid: int | None = None,
) -> BrokerProcess:
    """An Apache Kafka with these topics ({"topic": partitions}), found again when `state_dir` has one running.

    `on_progress` gets a sentence before each step that takes seconds. One that is started from jars with `parent_pid`
    ends soon after that process. Raises LocalError (one sentence) when no Kafka can be had here.
    """
    address = os.environ.get(ADDRESS_SETTING)
    if address:
        create_topics(address, topics)
        return ExternalBroker(address)
    source = _choose_source()
    state_dir.mkdir(parents=True, exist_ok=True)
    with hold_lock(state_dir / "kafka.lock"):
        if source == "docker":
            return start_container(state_dir, topics, on_progress)
        return start_node(state_dir, topics, on_progress, parent_pid=parent_pid)


def _choose_source() -> str:
    source = os.environ.get(SOURCE_SETTING)
    if source and source not in SOURCES:
        raise LocalError(f"{SOURCE_SETTING} is {source!r}: set it to {' or '.join(SOURCES)}, or leave it out.")
    return source or ("docker" if docker_answers() else "jars")
