"""Apache Kafka 4 for the local runner and the fault tests, from whichever source this machine has.

Order: the address in KAFKA_BOOTSTRAP_SERVERS; a container if Docker answers; else the jars, with Maven and Java.
MEEDOEN_KAFKA_FROM=jars or =docker skips the choice. In every case the topics exist at the end, with the requested
numbers of partitions.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_container import docker_answers, find_container, start_container
from meedoen.stack.kafka_node import find_node, start_node
from meedoen.stack.processes import Progress, hold_lock
from meedoen.stack.run_broker import ADDRESS_SETTING
from meedoen.stack.topics import create_topics

SOURCE_SETTING = "MEEDOEN_KAFKA_FROM"
SOURCES = ("docker", "jars")


@dataclass(frozen=True)
class ExternalBroker(BrokerProcess):
    """A broker that someone else runs: it is used, never stopped."""

    kind = "external"
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
    is_secure: bool = False,
) -> BrokerProcess:
    """Return an Apache Kafka with these topics ({"topic": partitions}); reuse the one that runs in `state_dir`.

    `on_progress` gets a sentence before each step that takes seconds. A broker started from jars with `parent_pid` ends
    soon after that process. A secure one has TLS, SCRAM and access control, and comes from the jars. Raise LocalError
    """
    address = os.environ.get(ADDRESS_SETTING)
    if address:
        create_topics(address, topics)
        return ExternalBroker(address)
    source = "jars" if is_secure else _choose_source()
    state_dir.mkdir(parents=True, exist_ok=True)
    with hold_lock(state_dir / "kafka.lock"):
        if source == "docker":
            return start_container(state_dir, topics, on_progress)
        return start_node(state_dir, topics, on_progress, parent_pid=parent_pid, is_secure=is_secure)


def find_kafka(state_dir: Path, topics: dict[str, int]) -> BrokerProcess | None:
    """Return the Apache Kafka of `state_dir` if it is running; start nothing. `topics` are for a later wipe."""
    return find_node(state_dir, topics) or find_container(state_dir, topics)


def _choose_source() -> str:
    source = os.environ.get(SOURCE_SETTING)
    if source and source not in SOURCES:
        raise LocalError(f"{SOURCE_SETTING} is {source!r}: set it to {' or '.join(SOURCES)}, or leave it out.")
    return source or ("docker" if docker_answers() else "jars")
