"""The processes of a run: the settings each is started with, when it must be restarted, when all are ready."""

import time
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

import msgspec

from meedoen.stack import service_process as process
from meedoen.stack.acls import user_of
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_secrets import KafkaSecrets
from meedoen.stack.processes import Progress, find_free_port, is_port_free, log_tail, write_atomically
from meedoen.stack.serve import topics_of
from meedoen.stack.state import ProcessState, RunState, save_run
from shared.service_names import CALENDAR

READY_DEADLINE_SECONDS = 90.0
READY_POLL_SECONDS = 0.1
LIVE_TRIES_MAX = 3
PORT_TRIES_MAX = 5
PORT_TAKEN = "address already in use"


def consumed_topics(run: RunState, name: str) -> list[str]:
    """Return the topics that a service consumes, as its process wrote them; importing all four here takes seconds."""
    try:
        return msgspec.json.decode(process.topics_file_path(Path(run.home), name).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return topics_of(import_module(f"services.{name}.app").SUBSCRIPTIONS)


def service_settings(run: RunState, name: str) -> dict[str, str]:
    """Return what the process gets in its environment, besides its port."""
    common = {"KAFKA_BOOTSTRAP_SERVERS": run.bootstrap_servers, "MUNICIPALITIES": ",".join(run.municipalities)}
    if run.is_secure:
        common |= KafkaSecrets(Path(run.home) / "kafka" / "secrets").environment(user_of(name))
    if name == CALENDAR:
        return common
    home = Path(run.home)
    own = {}
    if name == "notifications":
        own = {"SPOOL_FOLDER": str(home / "spool"), "LETTERS_LEAVE": "at_once", "WEBHOOK_LOOPBACK_ALLOWED": "true"}
    if run.policies_folder is not None:
        own["POLICIES_FOLDER"] = run.policies_folder
    return {
        **common,
        **own,
        "DATABASE_URL": run.databases[name].url,
        "RELAY_DATABASE_URL": run.databases[name].relay_url,
        "KAFKA_EMBEDDED": "true" if run.broker == "embedded" else "false",
        "CLOCK_FILE": str(clock_file(home)),
        "AUTH_JWKS_FILE": str(issuer_folder(home) / "jwks.json"),
        "HTTP_HOST": "127.0.0.1",
        "DOCS_PAGE_ENABLED": "true",
    }


def service_environment(run: RunState, name: str) -> dict[str, str]:
    """Return the environment in which a person can run this service as the run would."""
    return {**service_settings(run, name), "HTTP_PORT": str(run.processes[name].port)}


def clock_file(home: Path) -> Path:
    """Return the file that holds the day to which a run was played forward; it is absent while nobody did."""
    return home / "clock"


def set_clock(home: Path, day: date) -> None:
    """Let it be at least this day for the services of a run; its clock never goes back."""
    from shared.clock import read_today

    if day > read_today(clock_file(home)):
        write_atomically(clock_file(home), day.isoformat())


def issuer_folder(home: Path) -> Path:
    return home / "issuer"


def is_up_to_date(run: RunState, name: str) -> bool:
    """Return whether the process is alive and was started with the settings it should have now."""
    state = run.processes.get(name)
    fingerprint = process.settings_fingerprint(service_settings(run, name))
    return state is not None and state.fingerprint == fingerprint and process.running_pid(run, name) is not None


def ensure_running(run: RunState, name: str, *, parent_pid: int | None, progress: Progress) -> bool:
    """Start the process unless it is alive, has the right settings and answers; return whether it was started."""
    if is_up_to_date(run, name) and _is_alive(run, name):
        return False
    if is_up_to_date(run, name):
        process.kill_leftover(run, name)
    progress(f"Starting {name} ...")
    start(run, name, parent_pid=parent_pid)
    return True


def start(run: RunState, name: str, *, parent_pid: int | None) -> None:
    """Start a process that does not run, at the port it had if that is free."""
    port = 0 if name == CALENDAR else _choose_port(run, name)
    run.processes[name] = process.launch(run, name, service_settings(run, name), port=port, parent_pid=parent_pid)
    save_run(run)


def reserve_port(run: RunState, name: str) -> None:
    """Reserve a port for a service that is left out, so that others find it when someone runs it."""
    if name not in run.processes:
        run.processes[name] = ProcessState(pid=0, port=_choose_port(run, name), fingerprint="")


def wait_until_ready(
    run: RunState, names: Sequence[str], *, parent_pid: int | None, progress: Progress, deadline_seconds: float
) -> None:
    """Return when every service reports that it is ready; LocalError if one ends or takes too long."""
    waiting, ports_tried = list(names), dict.fromkeys(names, 1)
    deadline = time.monotonic() + deadline_seconds
    while waiting:
        readiness = {name: process.get_readiness(run.processes[name].port) for name in waiting}
        for name in [name for name, state in readiness.items() if state.ready]:
            waiting.remove(name)
            progress(f"{name} is ready.")
        for name in waiting:
            _check_alive(run, name, ports_tried, parent_pid)
        if waiting and time.monotonic() > deadline:
            late = "; ".join(f"{name}: {readiness[name].reason}" for name in waiting)
            logs = ", ".join(str(process.log_file_path(Path(run.home), name)) for name in waiting)
            raise LocalError(f"Not ready within {deadline_seconds:.0f} s ({late}): see {logs}.")
        if waiting:
            time.sleep(READY_POLL_SECONDS)


def service_address(run: RunState, name: str) -> str:
    return f"http://127.0.0.1:{run.processes[name].port}"


def _check_alive(run: RunState, name: str, ports_tried: dict[str, int], parent_pid: int | None) -> None:
    if process.running_pid(run, name) is not None:
        return
    log_file = process.log_file_path(Path(run.home), name)
    reason = log_tail(log_file, lines_max=3)
    if PORT_TAKEN not in reason or ports_tried[name] >= PORT_TRIES_MAX:
        raise LocalError(f"{name} ended at once ({reason or 'it said nothing'}): see {log_file}.")
    ports_tried[name] += 1
    start(run, name, parent_pid=parent_pid)


def _choose_port(run: RunState, name: str) -> int:
    state = run.processes.get(name)
    ports_in_use = {other.port for other_name, other in run.processes.items() if other_name != name}
    if state is not None and state.port not in ports_in_use and is_port_free(state.port):
        return state.port
    port = find_free_port()
    return port if port not in ports_in_use else _choose_port(run, name)


def _is_alive(run: RunState, name: str) -> bool:
    if name == CALENDAR:
        return True
    port = run.processes[name].port
    return any(process.get_json(port, "/health/live")[0] is not None for _ in range(LIVE_TRIES_MAX))
