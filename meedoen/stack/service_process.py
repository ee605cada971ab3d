"""One process of a run: started, identified by its command line, checked for readiness, and stopped.

After a crash or a reboot its number alone proves nothing; its command line names the run and the process.
"""

import contextlib
import hashlib
import http.client
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meedoen.stack.processes import (
    is_running,
    kill_process,
    python_environment,
    python_module,
    start_process,
    stop_process,
)
from meedoen.stack.state import ProcessState, RunState
from shared.service_names import CALENDAR

# Longer than SHUTDOWN_DRAIN_SECONDS_MAX, so that a drain is never cut short.
STOP_GRACE_SECONDS = 25.0
ANSWER_SECONDS_MAX = 2.0
# Measured: threads of the Kafka library each get a heap of their own otherwise, some 30 MiB per service.
MEMORY_SETTINGS = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
# What a service gets from us and from nobody else.
NOT_INHERITED = (
    "AUTH_ISSUER",
    "DATABASE_URL",
    "RELAY_DATABASE_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "HTTP_PORT",
    "HTTP_HOST",
)


@dataclass(frozen=True)
class Readiness:
    """The answer of a service's readiness check: `ready`, or the reason why not."""

    ready: bool
    reason: str = ""


def process_marker(run_id: str, name: str) -> str:
    return f"--run {run_id}-{name}"


def settings_fingerprint(settings: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(settings.items())).encode()).hexdigest()[:16]


def launch(run: RunState, name: str, settings: Mapping[str, str], *, port: int, parent_pid: int | None) -> ProcessState:
    """Start a process of the run; its previous log is kept once beside the new one."""
    program = _serve_command(Path(run.home), name)
    parent = [] if parent_pid is None else ["--parent-pid", str(parent_pid)]
    command = [*program, "--run", f"{run.run_id}-{name}", *parent]
    log_file = log_file_path(Path(run.home), name)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        log_file.rename(log_file.with_suffix(".log.1"))
    inherited = {key: value for key, value in python_environment().items() if key not in NOT_INHERITED}
    environment = {**inherited, **MEMORY_SETTINGS, **settings, **({"HTTP_PORT": str(port)} if port else {})}
    pid = start_process(command, log_file=log_file, environment=environment)
    return ProcessState(pid, port, settings_fingerprint(settings))


def _serve_command(home: Path, name: str) -> list[str]:
    """Return the command of a service or the calendar; delete the topics file of an earlier process."""
    command = [*python_module("meedoen.stack.serve"), name]
    if name == CALENDAR:
        return command
    topics_file = topics_file_path(home, name)
    topics_file.parent.mkdir(parents=True, exist_ok=True)
    topics_file.unlink(missing_ok=True)
    return [*command, "--topics-file", str(topics_file)]


def topics_file_path(home: Path, name: str) -> Path:
    return home / "topics" / f"{name}.json"


def log_file_path(home: Path, name: str) -> Path:
    return home / "logs" / f"{name}.log"


def running_pid(run: RunState, name: str) -> int | None:
    """Return the process id if this process of the run is alive, else None."""
    state = run.processes.get(name)
    if state is None or not is_running(state.pid, marker=process_marker(run.run_id, name)):
        return None
    return state.pid


def stop(run: RunState, name: str, *, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
    """Signal it to end and let it drain; does nothing if it is gone."""
    if pid := running_pid(run, name):
        stop_process(pid, marker=process_marker(run.run_id, name), grace_seconds=grace_seconds)


def stop_several(run: RunState, names: Sequence[str], *, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
    """Signal all of them to end at once; return when all have."""
    if names:
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: stop(run, name, grace_seconds=grace_seconds), names))


def kill_leftover(run: RunState, name: str) -> None:
    """End it at once, as kill -9 does."""
    if pid := running_pid(run, name):
        kill_process(pid, marker=process_marker(run.run_id, name))


def get_readiness(port: int) -> Readiness:
    """Return what the service on this port reports about itself now."""
    status, document = get_json(port, "/health/ready")
    if status is None:
        return Readiness(False, "does not answer")
    if status == http.client.OK:
        return Readiness(True)
    checks = document.get("checks", {}) if isinstance(document, dict) else {}
    down = [f"{name}: {check.get('reason') or 'down'}" for name, check in checks.items() if not check.get("up")]
    return Readiness(False, "; ".join(down) or f"answers {status}")


def get_json(port: int, path: str) -> tuple[int | None, Any]:
    """Return status and document of a GET on 127.0.0.1; status None if there is no answer in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None, None
    finally:
        connection.close()
    with contextlib.suppress(ValueError):
        return response.status, json.loads(body)
    return response.status, None
