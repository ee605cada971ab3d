"""Apache Kafka 4 as one process of this machine: broker and controller together (KRaft), its data in a folder.

Fault tests can kill it, start it again on the same port with its data, or wipe it.
"""

import base64
import json
import shutil
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_jars import find_java, kafka_jars
from meedoen.stack.parent_watcher import start_watcher
from meedoen.stack.processes import (
    Progress,
    find_free_port,
    is_port_free,
    is_running,
    kill_process,
    log_tail,
    run_logged,
    start_process,
    stop_process,
    wait_until,
    write_atomically,
)
from meedoen.stack.topics import create_topics, partition_counts

START_DEADLINE_SECONDS = 60.0
STOP_GRACE_SECONDS = 30.0
PORT_DEADLINE_SECONDS = 10.0
PROBE_INTERVAL_SECONDS = 0.1
# A small machine: the collector and compiler of a large server cost its few cores more than they bring, most at p99.
JAVA_OPTIONS = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FORMAT_SECONDS_MAX = 60.0

LOGGING = """<Configuration status="WARN"><Appenders><Console name="log">
<PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/></Console></Appenders>
<Loggers><Root level="WARN"><AppenderRef ref="log"/></Root></Loggers></Configuration>
"""


@dataclass(frozen=True)
class KafkaNode(BrokerProcess):
    """A single Apache Kafka node started from its jars."""

    kind = "Apache Kafka"
    bootstrap_servers: str
    home: Path
    jars: Path
    topics: dict[str, int]
    parent_pid: int | None = None

    @property
    def pid(self) -> int | None:
        file = self.home / "pid"
        pid = int(file.read_text()) if file.exists() else 0
        return pid if pid and is_running(pid, marker=str(self._properties)) else None

    def stop(self) -> None:
        if pid := self.pid:
            stop_process(pid, marker=str(self._properties), grace_seconds=STOP_GRACE_SECONDS)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home)

    def kill(self) -> None:
        if pid := self.pid:
            kill_process(pid, marker=str(self._properties))

    def restart(self) -> None:
        self.stop()
        self.start()

    def wipe_and_restart(self) -> None:
        self.kill()
        self.format()
        self.start()
        create_topics(self.bootstrap_servers, self.topics)

    def format(self) -> None:
        """Begin with empty storage."""
        shutil.rmtree(self.home / "data", ignore_errors=True)
        log = self.home / "format.log"
        options = ["format", "--config", str(self._properties), "--cluster-id", _new_cluster_id(), "--standalone"]
        command = [*self._java("-Xmx128m"), "kafka.tools.StorageTool", *options]
        if run_logged(command, log_file=log, seconds_max=FORMAT_SECONDS_MAX) != 0:
            raise LocalError(f"Apache Kafka could not prepare its storage: {log_tail(log, lines_max=2)}; see {log}.")

    def start(self) -> None:
        """Start the process and wait until the broker answers."""
        self._wait_for_port()
        log = self.home / "kafka.log"
        pid = start_process([*self._java(*JAVA_OPTIONS), "kafka.Kafka", self._properties], log_file=log)
        write_atomically(self.home / "pid", str(pid))
        wait_until(
            lambda: self.pid is None or partition_counts(self.bootstrap_servers) is not None,
            deadline_seconds=START_DEADLINE_SECONDS,
            failure=lambda: f"Apache Kafka is not ready within {START_DEADLINE_SECONDS:.0f} s: see {log}.",
            interval_seconds=PROBE_INTERVAL_SECONDS,
        )
        if self.parent_pid is not None:
            watcher_log = self.home / "watcher.log"
            marker = str(self._properties)
            start_watcher(pid, marker=marker, first=signal.SIGTERM, parent_pid=self.parent_pid, log_file=watcher_log)
        if self.pid is None:
            raise LocalError(f"Apache Kafka ended at once: {log_tail(log, lines_max=1)}; see {log}.")

    @property
    def _properties(self) -> Path:
        return self.home / "server.properties"

    def _wait_for_port(self) -> None:
        port = int(self.bootstrap_servers.rsplit(":", 1)[1])
        wait_until(
            lambda: is_port_free(port),
            deadline_seconds=PORT_DEADLINE_SECONDS,
            failure=lambda: f"Port {port} is taken by another program: stop that program and start again.",
        )

    def _java(self, *options: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.home / 'log4j2.xml'}"
        return [find_java(), *options, logging, "-cp", f"{self.jars}/*"]


def _new_cluster_id() -> str:
    """Return a random cluster id in the form Kafka requires: 16 bytes in URL-safe base64 without padding."""
    return "M" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]


def start_node(
    state_dir: Path, topics: dict[str, int], on_progress: Progress, *, parent_pid: int | None = None
) -> KafkaNode:
    """Return the node of `state_dir`; start it with the data it had if it is not running."""
    home = state_dir.resolve() / "kafka"
    home.mkdir(parents=True, exist_ok=True)
    find_java()
    jars = kafka_jars(on_progress)
    state_file = home / "node.json"
    is_new = not state_file.exists()
    address = _write_configuration(home) if is_new else json.loads(state_file.read_text())["bootstrap_servers"]
    node = KafkaNode(address, home, jars, topics, parent_pid)
    if node.pid is None:
        on_progress("Starting Apache Kafka ...")
        if is_new:
            node.format()
            write_atomically(state_file, json.dumps({"bootstrap_servers": address}))
        node.start()
    create_topics(address, topics)
    return node


def find_node(state_dir: Path, topics: dict[str, int]) -> KafkaNode | None:
    """Return the node of `state_dir` if it is running, else None."""
    home = state_dir.resolve() / "kafka"
    state_file = home / "node.json"
    if not state_file.exists():
        return None
    node = KafkaNode(json.loads(state_file.read_text())["bootstrap_servers"], home, kafka_jars(lambda _: None), topics)
    return node if node.pid is not None else None


def _write_configuration(home: Path) -> str:
    """Write the configuration; return the broker's address."""
    port, controller_port = find_free_port(), find_free_port()
    properties = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": home / "data",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        # Fault tests kill consumers and do not want to wait long until the group has missed them.
        "group.min.session.timeout.ms": 1_000,
        # After a kill -9 the node waits this long for its own former self.
        "broker.session.timeout.ms": 2_000,
        "broker.heartbeat.interval.ms": 500,
        # One node: every internal topic has one copy, and few partitions so that it starts fast.
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 8,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }
    (home / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    (home / "log4j2.xml").write_text(LOGGING)
    return f"127.0.0.1:{port}"
