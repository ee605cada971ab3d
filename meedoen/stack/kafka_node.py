"""Apache Kafka 4 as one process of this machine: broker and controller together (KRaft), its data in a folder.

Fault tests can kill it, start it again on the same port with its data, or wipe it.
"""

import base64
import json
import shutil
import signal
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from meedoen.stack.acls import grant, list_rights, list_users, read_subscriptions
from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_configuration import Addresses, write_configuration
from meedoen.stack.kafka_jars import find_java, kafka_jars
from meedoen.stack.kafka_secrets import NODE, KafkaSecrets, find_secrets, make_secrets
from meedoen.stack.parent_watcher import start_watcher
from meedoen.stack.processes import (
    Progress,
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
from shared.messaging.security import PLAINTEXT, KafkaSecurity

START_DEADLINE_SECONDS = 60.0
STOP_GRACE_SECONDS = 30.0
PORT_DEADLINE_SECONDS = 10.0
PROBE_INTERVAL_SECONDS = 0.1
# A small machine: the collector and compiler of a large server cost its few cores more than they bring, most at p99.
JAVA_OPTIONS = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC")
FIRST_COMPILER_ALONE = "-XX:TieredStopAtLevel=1"
FORMAT_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class KafkaNode(BrokerProcess):
    """A single Apache Kafka node started from its jars."""

    kind = "Apache Kafka"
    bootstrap_servers: str
    home: Path
    jars: Path
    topics: dict[str, int]
    parent_pid: int | None = None
    certificates_address: str = ""
    uses_second_compiler: bool = False

    @property
    def java_options(self) -> tuple[str, ...]:
        """The options of its Java. Only the second compiler knows the processor's instructions for AES: without them
        one core encrypts 32 MB in a second, with them five thousand.
        """
        has_second = self.uses_second_compiler or self.secrets is not None
        return JAVA_OPTIONS if has_second else (*JAVA_OPTIONS, FIRST_COMPILER_ALONE)

    @property
    def secrets(self) -> KafkaSecrets | None:
        """The certificates and passwords of a secure node; None of a plain one."""
        return find_secrets(self.home / "secrets")

    @property
    def security(self) -> KafkaSecurity:
        secrets = self.secrets
        return PLAINTEXT if secrets is None else secrets.by_password(NODE)

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
        self.prepare()

    def prepare(self) -> None:
        """Create the topics, and give everyone the rights that the catalogue yields."""
        create_topics(self.bootstrap_servers, self.topics, security=self.security)
        if self.secrets is not None:
            grant(self.bootstrap_servers, list_rights(read_subscriptions()), self.security)

    def format(self) -> None:
        """Begin with empty storage."""
        shutil.rmtree(self.home / "data", ignore_errors=True)
        log = self.home / "format.log"
        options = ["format", "--config", str(self._properties), "--cluster-id", _new_cluster_id(), "--standalone"]
        options += self._list_scram_users()
        command = [*self._java("-Xmx128m"), "kafka.tools.StorageTool", *options]
        if run_logged(command, log_file=log, seconds_max=FORMAT_SECONDS_MAX) != 0:
            raise LocalError(f"Apache Kafka could not prepare its storage: {log_tail(log, lines_max=2)}; see {log}.")

    def start(self) -> None:
        """Start the process and wait until the broker answers."""
        self._wait_for_port()
        log = self.home / "kafka.log"
        pid = start_process([*self._java(*self.java_options), "kafka.Kafka", self._properties], log_file=log)
        write_atomically(self.home / "pid", str(pid))
        wait_until(
            lambda: self.pid is None or partition_counts(self.bootstrap_servers, security=self.security) is not None,
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

    def _list_scram_users(self) -> list[str]:
        """Return the options that store each user's password, salted, with the first record of the cluster.

        Kafka's tool takes them on its command line: others of this machine may see them while it runs.
        """
        secrets = self.secrets
        users = () if secrets is None else (NODE, *list_users())
        passwords = [(user, secrets.read_password(user)) for user in users if secrets is not None]
        added = [f"SCRAM-SHA-512=[name={user},password={password}]" for user, password in passwords]
        return [option for one in added for option in ("--add-scram", one)]

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
    state_dir: Path,
    topics: dict[str, int],
    on_progress: Progress,
    *,
    parent_pid: int | None = None,
    is_secure: bool = False,
    extra: Mapping[str, str] | None = None,
    uses_second_compiler: bool = False,
) -> KafkaNode:
    """Return the node of `state_dir`; start it with the data it had if it is not running.

    A new one is secure if asked (TLS, SCRAM, access control), and takes what is `extra` into its configuration. A
    secure one uses Java's second compiler anyway, a plain one if asked.
    """
    home = state_dir.resolve() / "kafka"
    home.mkdir(parents=True, exist_ok=True)
    find_java()
    jars = kafka_jars(on_progress)
    state_file = home / "node.json"
    is_new = not state_file.exists()
    if is_new:
        secrets = make_secrets(home / "secrets", (NODE, *list_users())) if is_secure else None
        addresses = write_configuration(home, secrets, extra)
    else:
        addresses = Addresses(**json.loads(state_file.read_text()))
    node = KafkaNode(
        addresses.bootstrap_servers, home, jars, topics, parent_pid, addresses.certificates, uses_second_compiler
    )
    if (node.secrets is not None) != is_secure:
        raise LocalError(f"The Kafka in {home} was begun {'without' if is_secure else 'with'} --secure: keep to that.")
    if node.pid is None:
        on_progress("Starting Apache Kafka ...")
        if is_new:
            node.format()
            write_atomically(state_file, json.dumps(asdict(addresses)))
        node.start()
    node.prepare()
    return node


def find_node(state_dir: Path, topics: dict[str, int]) -> KafkaNode | None:
    """Return the node of `state_dir` if it is running, else None."""
    home = state_dir.resolve() / "kafka"
    state_file = home / "node.json"
    if not state_file.exists():
        return None
    addresses = Addresses(**json.loads(state_file.read_text()))
    jars = kafka_jars(lambda _: None)
    node = KafkaNode(addresses.bootstrap_servers, home, jars, topics, certificates_address=addresses.certificates)
    return node if node.pid is not None else None
