"""A real PostgreSQL for this state folder alone, on a free port of 127.0.0.1; it needs nothing but a wheel.

Commits are durable: fsync and synchronous_commit stay on. It keeps running after the process that started it;
`start_postgres` with the same state folder finds it again, also after a kill -9. Access requires a password, kept in
the state folder for its owner alone, because others on the machine can reach the port.
"""

import contextlib
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meedoen.stack.errors import LocalError
from meedoen.stack.parent_watcher import start_watcher
from meedoen.stack.postgres_home import PostgresInstance, postgres_home, read_instance, read_or_create_instance
from meedoen.stack.processes import (
    hold_lock,
    is_port_free,
    is_running,
    kill_process,
    log_tail,
    start_process,
    stop_process,
    wait_until,
)

StopMode = Literal["fast", "immediate"]

START_DEADLINE_SECONDS = 30.0
PORT_DEADLINE_SECONDS = 3.0
LAUNCH_RETRY_SECONDS = 0.25
STOP_SIGNALS: dict[StopMode, signal.Signals] = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server: `admin_url` (postgresql://USER:PASSWORD@127.0.0.1:PORT/postgres) is a superuser's."""

    admin_url: str
    state_dir: Path
    parent_pid: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the running server; None if it is down."""
        return read_instance(self.state_dir).running_pid()

    def stop(self) -> None:
        """Roll back open transactions, flush everything, stop. Data stays. Does nothing if it is stopped already."""
        self._stop_server("fast")

    def kill(self) -> None:
        """End it as kill -9 does, for fault tests: nothing is flushed and no client is notified."""
        instance = read_instance(self.state_dir)
        if pid := instance.running_pid():
            kill_process(pid, marker=str(instance.data))

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop and start again on the same port with the same data; `immediate` skips the orderly end."""
        self._stop_server(mode)
        with hold_lock(postgres_home(self.state_dir) / "lock"):
            _launch(read_instance(self.state_dir), self.parent_pid)

    def remove(self) -> None:
        """Stop and delete everything, also what had to be put outside the state folder."""
        self.stop()
        instance = read_instance(self.state_dir)
        if instance.spare is not None:
            shutil.rmtree(instance.spare)
        shutil.rmtree(instance.home)

    def _stop_server(self, mode: StopMode) -> None:
        instance = read_instance(self.state_dir)
        if pid := instance.running_pid():
            stop_process(pid, marker=str(instance.data), first=STOP_SIGNALS[mode])


def start_postgres(state_dir: Path, *, parent_pid: int | None = None) -> PostgresServer:
    """Return the server of `state_dir`; start it if it is not running yet. The first start creates it.

    A server started with `parent_pid` ends soon after that process has ended, however that happened. Raise LocalError
    (one sentence) if no PostgreSQL is found or it does not start.
    """
    home = postgres_home(state_dir)
    home.mkdir(parents=True, exist_ok=True)
    with hold_lock(home / "lock"):
        instance = read_or_create_instance(state_dir)
        if instance.running_pid() is None:
            instance = _on_free_port(instance)
            _launch(instance, parent_pid)
    return PostgresServer(instance.admin_url, state_dir.resolve(), parent_pid)


def find_postgres(state_dir: Path) -> PostgresServer | None:
    """Return the server of `state_dir` if it is running; start nothing."""
    if not (postgres_home(state_dir) / "server.json").exists():
        return None
    instance = read_instance(state_dir)
    return PostgresServer(instance.admin_url, state_dir.resolve()) if instance.running_pid() else None


def _on_free_port(instance: PostgresInstance) -> PostgresInstance:
    """Keep the port if it is free within seconds (workers of a killed server hold it briefly), else take another."""
    with contextlib.suppress(LocalError):
        _wait_for_port(instance.port)
        return instance
    return instance.move_to_free_port()


def _wait_for_port(port: int) -> None:
    wait_until(
        lambda: is_port_free(port),
        deadline_seconds=PORT_DEADLINE_SECONDS,
        failure=lambda: f"Port {port} is taken by another program: stop that program and start again.",
    )


def _launch(instance: PostgresInstance, parent_pid: int | None) -> None:
    """Start the server and wait until it answers; after a kill -9 its last workers may have to end first."""
    instance.check_data()
    _wait_for_port(instance.port)
    instance.forget_foreign_pid()
    deadline = time.monotonic() + START_DEADLINE_SECONDS
    while not _launch_once(instance):
        log_file = instance.home / "postgres.log"
        reason = log_tail(log_file)
        if time.monotonic() > deadline or "pre-existing shared memory block" not in reason:
            fatal = reason.rpartition("FATAL:")[2].strip()
            raise LocalError(
                f"PostgreSQL does not start ({fatal}): see {log_file}, "
                f"or delete {instance.home} to begin with an empty one."
            )
        time.sleep(LAUNCH_RETRY_SECONDS)
    pid = instance.running_pid()
    if pid and parent_pid is not None:
        log_file, first = instance.home / "watcher.log", STOP_SIGNALS["fast"]
        start_watcher(pid, marker=str(instance.data), first=first, parent_pid=parent_pid, log_file=log_file)


def _launch_once(instance: PostgresInstance) -> bool:
    """Return whether the server came up; False if it ended by itself."""
    log_file = instance.home / "postgres.log"
    pid = _spawn(instance, log_file)
    wait_until(
        lambda: instance.ready_pid() == pid or not is_running(pid, marker=str(instance.data)),
        deadline_seconds=START_DEADLINE_SECONDS,
        failure=lambda: f"PostgreSQL is not ready within {START_DEADLINE_SECONDS:.0f} s: see {log_file}.",
    )
    return is_running(pid, marker=str(instance.data))


def _spawn(instance: PostgresInstance, log_file: Path) -> int:
    settings = [f"--{name}={value}" for name, value in {**SERVER_SETTINGS, "port": str(instance.port)}.items()]
    owner = instance.data.stat()
    is_lent = os.geteuid() == 0
    return start_process(
        [instance.binaries / "postgres", "-D", instance.data, *settings],
        log_file=log_file,
        working_directory=instance.data,
        user=owner.st_uid if is_lent else None,
        group=owner.st_gid if is_lent else None,
    )
