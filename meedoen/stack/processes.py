"""Child processes of the local runner: start with a log, wait until ready, find again, stop.

Every process gets a session of its own, so that an interrupt in the terminal stops nothing by surprise. It is
identified by its number and its command line, so a number that the machine has given to another program is never taken
for ours. What must not outlive the program that started it is watched, see `parent_watcher`.
"""

import atexit
import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

from meedoen.stack.errors import LocalError

Progress = Callable[[str], None]

POLL_INTERVAL_SECONDS = 0.02
STOP_GRACE_SECONDS = 10.0
LOG_TAIL_LINES = 5
# Below the range that Linux and macOS hand to outgoing connections: a client that keeps trying a stopped server's
# port can otherwise connect to itself, and the port is then taken when the server comes back.
PORT_MIN, PORT_MAX = 18_000, 29_999
PORT_TRIES_MAX = 200

_REPOSITORY = Path(__file__).resolve().parents[2]


class ChildProcesses:
    """The processes that this program started: those that have ended are reaped instead of lingering as zombies."""

    def __init__(self) -> None:
        self._by_pid: dict[int, subprocess.Popen[bytes]] = {}

    def add(self, child: "subprocess.Popen[bytes]") -> None:
        self._by_pid[child.pid] = child

    def reap(self) -> None:
        """Forget the children that have ended."""
        for pid, child in list(self._by_pid.items()):
            if child.poll() is not None:
                del self._by_pid[pid]

    def find(self, pid: int) -> "subprocess.Popen[bytes] | None":
        """Return the child with this number, also one that ended after the last reaping; None if it is not ours."""
        return self._by_pid.get(pid)


_CHILDREN = ChildProcesses()
atexit.register(_CHILDREN.reap)


def wait_until(
    condition: Callable[[], bool],
    *,
    deadline_seconds: float,
    failure: Callable[[], str],
    interval_seconds: float = POLL_INTERVAL_SECONDS,
) -> None:
    """Return as soon as `condition` holds; raise LocalError with `failure()` after `deadline_seconds`."""
    deadline = time.monotonic() + deadline_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LocalError(failure())
        time.sleep(interval_seconds)


def find_free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nothing listens on now, outside the range of outgoing connections."""
    for _ in range(PORT_TRIES_MAX):
        port = random.randint(PORT_MIN, PORT_MAX)  # noqa: S311 - a port is no secret
        if is_port_free(port):
            return port
    message = f"No free port found between {PORT_MIN} and {PORT_MAX}: close programs that hold ports and try again."
    raise LocalError(message)


def is_port_free(port: int) -> bool:
    """Return whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start_process(
    command: Sequence[str | Path],
    *,
    log_file: Path,
    environment: dict[str, str] | None = None,
    working_directory: Path | None = None,
    user: str | int | None = None,
    group: int | None = None,
) -> int:
    """Start `command` in a session of its own, its output appended to `log_file`; return its process id.

    With `user` (and `group`) it gives up the rights of root and all further groups first.
    """
    _CHILDREN.reap()
    with log_file.open("ab") as log:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=working_directory,
            env=environment,
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            start_new_session=True,
        )
    _CHILDREN.add(child)
    return child.pid


def run_logged(
    command: Sequence[str | Path], *, log_file: Path, seconds_max: float, working_directory: Path | None = None
) -> int:
    """Run `command` to its end, its output in `log_file`; return its exit status, or -9 after `seconds_max`."""
    parts = [str(part) for part in command]
    with log_file.open("wb") as log:
        try:
            return subprocess.run(
                parts, stdout=log, stderr=log, cwd=working_directory, timeout=seconds_max, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL


def python_module(module: str) -> list[str]:
    """Return the command that runs `module` with this very interpreter."""
    return [sys.executable, "-m", module]


def python_environment() -> dict[str, str]:
    """Return the present environment, with the repository importable from any working directory."""
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(_REPOSITORY), inherited] if inherited else [str(_REPOSITORY)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def is_running(pid: int, *, marker: str) -> bool:
    """Return whether process `pid` is running and its command line contains `marker`."""
    child = _CHILDREN.find(pid)
    if child is None:
        return marker in _command_line(pid)
    if child.poll() is None:
        # The machine shows an empty command line for an instant after the start; we know what we started.
        return marker in " ".join(map(str, cast("list[str]", child.args)))
    return False


def process_exists(pid: int) -> bool:
    """Return whether a process with this number is alive; a zombie is not."""
    if Path("/proc/self").exists():
        return bool(_command_line(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_line(pid: int) -> str:
    """Return the command line of a process; empty if it does not exist or is a zombie."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    result = subprocess.run(["/bin/ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return result.stdout.strip()


def stop_process(
    pid: int, *, marker: str, first: signal.Signals = signal.SIGTERM, grace_seconds: float = STOP_GRACE_SECONDS
) -> None:
    """Signal process `pid` to end, kill its group after `grace_seconds`; does nothing if the process is gone."""
    _send_signal(pid, first, marker)
    with contextlib.suppress(LocalError):
        wait_until(
            lambda: not is_running(pid, marker=marker), deadline_seconds=grace_seconds, failure=lambda: "still there"
        )
    kill_process(pid, marker=marker)


def kill_process(pid: int, *, marker: str) -> None:
    """End process `pid` and its group at once (kill -9) and wait until it is gone."""
    if is_running(pid, marker=marker):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    wait_until(
        lambda: not is_running(pid, marker=marker),
        deadline_seconds=STOP_GRACE_SECONDS,
        failure=lambda: f"Process {pid} does not end: stop it by hand with kill -9 {pid}.",
    )


def _send_signal(pid: int, sign: signal.Signals, marker: str) -> None:
    if is_running(pid, marker=marker):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)


def log_tail(log_file: Path, *, lines_max: int = LOG_TAIL_LINES) -> str:
    """Return the last lines of a log as one line of text, for an error sentence."""
    with contextlib.suppress(OSError):
        lines = log_file.read_text(errors="replace").strip().splitlines()
        return " / ".join(line.strip() for line in lines[-lines_max:])
    return ""


@contextlib.contextmanager
def hold_lock(lock_file: Path) -> Iterator[None]:
    """Hold the lock file: one process at a time inside, the others wait."""
    with lock_file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_atomically(path: Path, text: str) -> None:
    """Write the whole file or nothing, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
