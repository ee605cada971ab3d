"""The embedded broker: the real Kafka protocol, in memory, in a process of its own; it needs nothing but a wheel.

Run as `python -m meedoen.stack.embedded_broker --topics FILE.json --address-file FILE [--parent-pid N]`; FILE.json is
{"topic": partitions}. It writes "127.0.0.1:PORT" to the address file once it accepts connections and ends on SIGTERM,
or when the parent process is gone. All events and offsets are lost when it ends: it is for development, the demo and
tests only.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.mock_cluster import MockCluster
from meedoen.stack.processes import (
    hold_lock,
    is_running,
    kill_process,
    log_tail,
    process_exists,
    python_environment,
    python_module,
    start_process,
    stop_process,
    wait_until,
    write_atomically,
)

START_DEADLINE_SECONDS = 15.0
PARENT_CHECK_SECONDS = 0.5


@dataclass(frozen=True)
class EmbeddedBroker(BrokerProcess):
    """A running embedded broker; its data end with it, so it can be stopped or killed but not restarted."""

    kind = "embedded"
    bootstrap_servers: str
    process_id: int
    state_dir: Path

    @property
    def pid(self) -> int | None:
        return self.process_id if is_running(self.process_id, marker=self._marker) else None

    def stop(self) -> None:
        stop_process(self.process_id, marker=self._marker)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(_broker_home(self.state_dir))

    def kill(self) -> None:
        kill_process(self.process_id, marker=self._marker)

    @property
    def _marker(self) -> str:
        return _marker(_broker_home(self.state_dir))


def start_embedded_broker(state_dir: Path, topics: dict[str, int], *, parent_pid: int | None = None) -> EmbeddedBroker:
    """Return the embedded broker of `state_dir` with these topics; start it if it is not running yet.

    With `parent_pid` it ends when that process does. Raise LocalError (one sentence) if it cannot start, or runs
    already with other topics.
    """
    home = _broker_home(state_dir)
    home.mkdir(parents=True, exist_ok=True)
    with hold_lock(home / "lock"):
        running = find_embedded_broker(state_dir)
        if running is None:
            return _start(state_dir, topics, parent_pid)
        if json.loads((home / "topics.json").read_text()) != topics:
            raise LocalError(f"An embedded broker with other topics runs in {state_dir}: stop it first (meedoen down).")
        return running


def find_embedded_broker(state_dir: Path) -> EmbeddedBroker | None:
    """Return the embedded broker that runs in `state_dir`; None if none is running."""
    home = _broker_home(state_dir)
    try:
        process_id = int((home / "pid").read_text())
        address = (home / "address").read_text()
    except FileNotFoundError:
        return None
    return (
        EmbeddedBroker(address, process_id, state_dir.resolve())
        if is_running(process_id, marker=_marker(home))
        else None
    )


def _start(state_dir: Path, topics: dict[str, int], parent_pid: int | None) -> EmbeddedBroker:
    home = _broker_home(state_dir)
    address_file, topics_file, log_file = home / "address", home / "topics.json", home / "broker.log"
    address_file.unlink(missing_ok=True)
    log_file.unlink(missing_ok=True)
    write_atomically(topics_file, json.dumps(topics))
    files = ["--topics", str(topics_file), "--address-file", str(address_file)]
    parent = [] if parent_pid is None else ["--parent-pid", str(parent_pid)]
    command = [*python_module("meedoen.stack.embedded_broker"), *files, *parent]
    process_id = start_process(command, log_file=log_file, environment=python_environment())
    write_atomically(home / "pid", str(process_id))
    wait_until(
        lambda: address_file.exists() or not is_running(process_id, marker=_marker(home)),
        deadline_seconds=START_DEADLINE_SECONDS,
        failure=lambda: f"The embedded broker is not ready within {START_DEADLINE_SECONDS:.0f} s: see {log_file}.",
    )
    if not address_file.exists():
        raise LocalError(log_tail(log_file, lines_max=1) or f"The embedded broker ended at once: see {log_file}.")
    return EmbeddedBroker(address_file.read_text(), process_id, state_dir.resolve())


def _broker_home(state_dir: Path) -> Path:
    return state_dir.resolve() / "broker"


def _marker(home: Path) -> str:
    return str(home / "address")


def main() -> None:
    """Serve a mock cluster until SIGTERM or SIGINT, or until the parent process is gone."""
    options = argparse.ArgumentParser(description="The embedded broker, for development and tests.")
    options.add_argument("--topics", type=Path, required=True, help='a JSON file: {"topic": partitions}')
    options.add_argument("--address-file", type=Path, required=True, help="gets 127.0.0.1:PORT once it is ready")
    options.add_argument("--parent-pid", type=int, help="end when this process is gone")
    arguments = options.parse_args()
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    try:
        cluster = MockCluster(json.loads(arguments.topics.read_text()))
    except LocalError as error:
        sys.exit(str(error))
    write_atomically(arguments.address_file, cluster.bootstrap_servers)
    while not ended.wait(PARENT_CHECK_SECONDS) and (
        arguments.parent_pid is None or process_exists(arguments.parent_pid)
    ):
        pass
    # The library's threads hold nothing worth an orderly end: everything was in memory.
    os._exit(0)


if __name__ == "__main__":
    main()
