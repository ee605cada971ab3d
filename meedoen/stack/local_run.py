"""A run of the whole chain on this machine: PostgreSQL, a broker, and each service as a process of its own.

`LocalRun` is for programs (the demo, the tests): everything it starts ends with it, however it ends. `meedoen up` makes
the same run with `is_detached=True`: it keeps running after the command, and the next `up` restarts what has died. The
state folder holds what a later command needs. All errors are LocalError: one sentence.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from meedoen.stack import service_process as process
from meedoen.stack import services as service_processes
from meedoen.stack.broker import BrokerProcess
from meedoen.stack.errors import LocalError
from meedoen.stack.postgres import PostgresServer, find_postgres
from meedoen.stack.processes import Progress, hold_lock
from meedoen.stack.run_broker import find_broker
from meedoen.stack.run_status import RunMonitor, RunStatus
from meedoen.stack.shutdown import remove_all, stop_all
from meedoen.stack.startup import RunOptions, bring_up, claim_run
from meedoen.stack.state import DatabaseState, RunState, find_run_security
from shared.service_names import CALENDAR

DRAIN_DEADLINE_SECONDS = 60.0
DRAIN_POLL_SECONDS_FIRST = 0.01
DRAIN_POLL_SECONDS_MAX = 0.1


class LocalRun:
    """The chain in a state folder; without one, in a temporary folder that is removed at the end.

    `broker` is "embedded" or "kafka"; None takes what the folder had, else KAFKA_BOOTSTRAP_SERVERS, else embedded.
    `progress` gets a sentence before each step that takes time. `calendar` starts the process that publishes each day.
    `left_out` names services that are not started, for someone who runs them in a debugger. `policies_folder` holds
    policy files beside the shipped ones. `is_secure` starts Kafka with TLS, SCRAM and access control.
    """

    def __init__(  # noqa: PLR0913 - each is one choice of a run, named by the caller
        self,
        state_dir: Path | None = None,
        *,
        broker: str | None = "embedded",
        municipalities: Sequence[str] | None = None,
        progress: Progress = lambda _: None,
        calendar: bool = False,
        is_detached: bool = False,
        left_out: Sequence[str] = (),
        policies_folder: Path | None = None,
        is_secure: bool | None = None,
    ) -> None:
        self._is_temporary = state_dir is None
        self.state_dir = (state_dir or _create_temporary_folder()).resolve()
        chosen = None if municipalities is None else tuple(municipalities)
        parent_pid = None if is_detached else os.getpid()
        self._options = RunOptions(
            broker,
            chosen,
            calendar,
            parent_pid,
            self._is_temporary,
            progress,
            tuple(dict.fromkeys(left_out)),
            policies_folder and policies_folder.resolve(),
            is_secure,
        )
        self._run: RunState | None = None
        self._monitor: RunMonitor | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> list[str]:
        """Start what is not running and return when all is ready: the names of what was started now."""
        self._close_monitor()
        _prepare_folder(self.state_dir)
        with hold_lock(self.state_dir / "lock"):
            run = claim_run(self.state_dir, self._options)
            self._run = run
            return bring_up(run, self._options)

    def stop(self) -> list[str]:
        """Stop everything in drain order and remove it if it is temporary: the names of what was running."""
        self._close_monitor()
        stopped: list[str] = []
        if self._run is not None:
            with hold_lock(self.state_dir / "lock"):
                stopped = stop_all(self._run, progress=self._options.progress, keeps_data=not self._is_temporary)
                if self._is_temporary:
                    remove_all(self._run)
            self._run = None
        if self._is_temporary:
            shutil.rmtree(self.state_dir, ignore_errors=True)
        return stopped

    @property
    def municipalities(self) -> tuple[str, ...]:
        return self._state.municipalities

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(self._state.databases)

    @property
    def bootstrap_servers(self) -> str:
        return self._state.bootstrap_servers

    @property
    def broker(self) -> BrokerProcess | None:
        """The broker if it is ours and is running, for fault tests."""
        return find_broker(self._state)

    @property
    def postgres(self) -> PostgresServer | None:
        """The server if it is ours and is running, for fault tests."""
        return find_postgres(self.state_dir)

    def address(self, service: str) -> str:
        """Return a service's address, such as http://127.0.0.1:18001; its API is below /v1."""
        self._require_database(service)
        return service_processes.service_address(self._state, service)

    def pid(self, service: str) -> int | None:
        """Return the process id of a service; None if it is not running."""
        return process.running_pid(self._state, service)

    def log_file(self, service: str) -> Path:
        return process.log_file_path(self.state_dir, service)

    def database_url(self, service: str) -> str:
        """Return the service's own address of its database, bound by row-level security."""
        return self._require_database(service).url

    def operator_url(self, service: str) -> str:
        """The address of a service's database for its operators."""
        return self._require_database(service).operator_url

    def owner_url(self, service: str) -> str:
        """Return the address of its database for the owner of the tables."""
        return self._require_database(service).owner_url

    def token(
        self, role: str, municipality: str = "gm0637", *, subject: str = "local-user", valid_seconds: int = 3600
    ) -> str:
        """Return a bearer token of this run's own issuer; separate several roles with commas."""
        from shared.auth.local_issuer import LocalIssuer

        return LocalIssuer(service_processes.issuer_folder(self.state_dir)).token(
            subject, role, municipality, valid_seconds
        )

    def publish_days(self, days: Iterable[date], municipality: str | None = None) -> int:
        """Publish the start of these days, in their order; return the number of events, once the broker has them.

        The clock of the run is set to the last of them, as the services believe no day later than tomorrow.
        """
        from services.calendar.app import publish_days

        municipalities = self.municipalities if municipality is None else (municipality,)
        pairs = [(code, day) for day in days for code in municipalities]
        if pairs:
            service_processes.set_clock(self.state_dir, max(day for _, day in pairs))
        return publish_days(self.bootstrap_servers, pairs, security=find_run_security(self._state))

    def status(self) -> RunStatus:
        """Return the status of every part now."""
        return self._get_monitor().status()

    def wait_until_drained(self, deadline_seconds: float = DRAIN_DEADLINE_SECONDS) -> None:
        """Return when no event is on its way between the services; LocalError with what is left at the deadline.

        Held events count if they are retried within seconds; parked events and those that wait longer do not.
        """
        deadline, pause_seconds = time.monotonic() + deadline_seconds, DRAIN_POLL_SECONDS_FIRST
        quiet_at: dict[str, int] | None = None
        while True:
            busy, positions = self._get_monitor().read_movement()
            if not busy and positions == quiet_at:
                return
            if time.monotonic() > deadline:
                unfinished = "; ".join(f"{name} has {', '.join(words)}" for name, words in busy.items())
                raise LocalError(
                    f"Not drained within {deadline_seconds:.0f} s: {unfinished or 'new events keep arriving'}."
                )
            if busy:
                quiet_at = None
                time.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 2, DRAIN_POLL_SECONDS_MAX)
            else:
                quiet_at = positions

    def kill(self, service: str) -> None:
        """End a service as kill -9 does."""
        process.kill_leftover(self._state, service)

    def stop_service(self, service: str) -> None:
        """Let a service drain and end."""
        process.stop(self._state, service)

    def start_service(self, service: str, *, wait: bool = True) -> None:
        """Start a service that is not running, at the address it had, and wait until it is ready."""
        if self.pid(service) is None:
            service_processes.start(self._state, service, parent_pid=self._options.parent_pid)
        if wait and service != CALENDAR:
            self.wait_until_ready([service])

    def restart(self, service: str) -> None:
        """Stop in order and start again."""
        self.stop_service(service)
        self.start_service(service)

    def wait_until_ready(
        self, names: Sequence[str] | None = None, deadline_seconds: float = service_processes.READY_DEADLINE_SECONDS
    ) -> None:
        """Return when these services, or all, are ready."""
        service_processes.wait_until_ready(
            self._state,
            [name for name in self.services if name not in self._state.left_out] if names is None else names,
            parent_pid=self._options.parent_pid,
            progress=self._options.progress,
            deadline_seconds=deadline_seconds,
        )

    def _require_database(self, service: str) -> DatabaseState:
        if service not in self._state.databases:
            raise LocalError(f"There is no service '{service}' in this run: choose from {', '.join(self.services)}.")
        return self._state.databases[service]

    @property
    def _state(self) -> RunState:
        if self._run is None:
            raise LocalError("This run has not been started: use it in a with statement.")
        return self._run

    def _get_monitor(self) -> RunMonitor:
        self._monitor = self._monitor or RunMonitor(self._state)
        return self._monitor

    def _close_monitor(self) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.close()


def _create_temporary_folder() -> Path:
    """Create a folder that PostgreSQL's user may pass through and only its owner may list."""
    folder = Path(tempfile.mkdtemp(prefix="meedoen-"))
    folder.chmod(0o711)
    return folder


def _prepare_folder(folder: Path) -> None:
    """Create the run's folder and check that it is writable; LocalError if it is not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").touch()
    except OSError as problem:
        raise LocalError(
            f"{folder} cannot hold a run ({problem.strerror}): name a folder of your own with --state."
        ) from problem
