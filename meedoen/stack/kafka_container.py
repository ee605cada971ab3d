"""Apache Kafka 4 in a container, through testcontainers; used when Docker answers.

The address is fixed before the start (a free port of this machine), so that it stays over a restart and a wipe. The
container stays after this program, like every other broker here, and is found again by the id in the state folder.
It was written where no Docker was to be had: only the way it is asked for is tested, its run is shown by CI.
"""

import contextlib
import json
import os
import socket
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.kafka_jars import KAFKA_VERSION
from meedoen.stack.processes import Progress, find_free_port, wait_until, write_atomically
from meedoen.stack.topics import create_topics, partition_counts

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
PORT_INSIDE = 9092
DOCKER_SOCKET = "unix:///var/run/docker.sock"
DOCKER_SECONDS_MAX = 3
START_DEADLINE_SECONDS = 120.0
STOP_GRACE_SECONDS = 30
PROBE_INTERVAL_SECONDS = 0.2


@dataclass(frozen=True)
class KafkaContainer(BrokerProcess):
    """A single Apache Kafka node in a container that this machine's Docker runs."""

    kind = "Apache Kafka"
    bootstrap_servers: str
    state_file: Path
    topics: dict[str, int]

    def stop(self) -> None:
        container = _find_container(self.state_file)
        if container is not None and container.status == "running":
            container.stop(timeout=STOP_GRACE_SECONDS)

    def remove(self) -> None:
        container = _find_container(self.state_file)
        if container is not None:
            container.remove(force=True, v=True)
        self.state_file.unlink(missing_ok=True)

    def kill(self) -> None:
        container = _find_container(self.state_file)
        if container is not None and container.status == "running":
            container.kill()

    def restart(self) -> None:
        self.stop()
        container = _find_container(self.state_file)
        if container is None:
            return self.wipe_and_restart()
        container.start()
        return self._wait_until_ready()

    def wipe_and_restart(self) -> None:
        self.remove()
        _create_container(self.bootstrap_servers, self.state_file)
        self._wait_until_ready()
        create_topics(self.bootstrap_servers, self.topics)

    def _wait_until_ready(self) -> None:
        wait_until(
            lambda: partition_counts(self.bootstrap_servers) is not None,
            deadline_seconds=START_DEADLINE_SECONDS,
            failure=lambda: f"Kafka in Docker is not ready within {START_DEADLINE_SECONDS:.0f} s: see docker logs.",
            interval_seconds=PROBE_INTERVAL_SECONDS,
        )


def docker_answers() -> bool:
    """Return whether containers are available: testcontainers is installed and Docker answers within a few seconds."""
    if find_spec("testcontainers") is None or find_spec("docker") is None or not _is_listening():
        return False
    docker = import_module("docker")
    try:
        with contextlib.closing(docker.from_env(timeout=DOCKER_SECONDS_MAX)) as client:
            return bool(client.ping())
    except (docker.errors.DockerException, OSError):
        return False


def _is_listening() -> bool:
    """Return whether Docker's socket accepts a connection; Docker's own client leaves a socket open if it does not."""
    kind, _, path = os.environ.get("DOCKER_HOST", DOCKER_SOCKET).partition("://")
    if kind != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def start_container(state_dir: Path, topics: dict[str, int], on_progress: Progress) -> KafkaContainer:
    """Return the container of `state_dir`; start it with the data it had if it is not running."""
    state_file = state_dir.resolve() / "kafka-container.json"
    container = _find_container(state_file)
    if container is None:
        on_progress(f"Starting {IMAGE} in Docker; the first time it is fetched ...")
        node = KafkaContainer(f"{_docker_host()}:{find_free_port()}", state_file, topics)
        node.wipe_and_restart()
        return node
    node = KafkaContainer(json.loads(state_file.read_text())["bootstrap_servers"], state_file, topics)
    if container.status != "running":
        node.restart()
    create_topics(node.bootstrap_servers, topics)
    return node


def find_container(state_dir: Path, topics: dict[str, int]) -> KafkaContainer | None:
    """Return the container of `state_dir` if it is running, else None."""
    state_file = state_dir.resolve() / "kafka-container.json"
    container = _find_container(state_file)
    if container is None or container.status != "running":
        return None
    return KafkaContainer(json.loads(state_file.read_text())["bootstrap_servers"], state_file, topics)


def container_environment(bootstrap_servers: str) -> dict[str, str]:
    """Return the image's environment: one node that advertises its address outside the container."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{PORT_INSIDE},INSIDE://:9094,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{bootstrap_servers},INSIDE://localhost:9094",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    }


def _docker_host() -> str:
    """Return the host where a container's ports are reached: this machine, or the one in DOCKER_HOST."""
    from testcontainers.core.docker_client import DockerClient

    host = DockerClient().host()
    return "127.0.0.1" if host == "localhost" else host


def _create_container(bootstrap_servers: str, state_file: Path) -> None:
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(IMAGE).with_envs(**container_environment(bootstrap_servers))
    host, _, port = bootstrap_servers.rpartition(":")
    # Kafka here asks nobody who they are: on this machine, only this machine may reach it.
    published: Any = (host, int(port)) if host == "127.0.0.1" else int(port)
    container.ports[str(PORT_INSIDE)] = published
    # Its reaper would end the container with this program, and `meedoen up` leaves everything running.
    ryuk_was_disabled = testcontainers_config.ryuk_disabled
    testcontainers_config.ryuk_disabled = True
    try:
        container.start()
    finally:
        testcontainers_config.ryuk_disabled = ryuk_was_disabled
    state = {"container": container.get_container_id(), "bootstrap_servers": bootstrap_servers}
    write_atomically(state_file, json.dumps(state))


def _find_container(state_file: Path) -> Any | None:
    """Return Docker's current view of the container; None if it was never created or has been removed."""
    if not state_file.exists():
        return None
    docker = import_module("docker")
    try:
        return docker.from_env().containers.get(json.loads(state_file.read_text())["container"])
    except docker.errors.NotFound:
        return None
