"""The state of a run in its folder, so that any later command finds it again: run.json, for its owner alone.

A state folder may be renamed or copied together with the clone around it. Renamed, it is the same run: what is still
running under the old name is stopped and the paths are fixed. Copied, it is the run of another folder, whose processes
and data are not ours: it begins empty.
"""

import shutil
from pathlib import Path
from uuid import uuid4

import msgspec

from meedoen.stack.errors import LocalError
from meedoen.stack.kafka_secrets import NODE, find_secrets
from meedoen.stack.processes import write_atomically
from shared.messaging.security import PLAINTEXT, KafkaSecurity

DEFAULT_MUNICIPALITIES = ("gm0637", "gm0080")


class DatabaseState(msgspec.Struct, frozen=True):
    """One service's database: `owner_url` migrates, `url` is the service's own, the others are what they say.

    A run of an earlier version has only the first two: the next start adds the rest.
    """

    owner_url: str
    url: str
    relay_url: str = ""
    operator_url: str = ""
    auditor_url: str = ""


class ProcessState(msgspec.Struct, frozen=True):
    """A process that was started; `fingerprint` tells whether it would be started the same way now.

    Port 0 means none. Pid 0 is a service that was left out: only its port is reserved.
    """

    pid: int
    port: int
    fingerprint: str


class RunState(msgspec.Struct, kw_only=True):
    """Everything a later command needs. `admin_url` and `given_broker` are servers of someone else.

    `left_out` are the services that this run does not start, for instance because a developer runs them.
    """

    run_id: str
    home: str
    owner_pid: int | None = None
    broker: str = ""
    bootstrap_servers: str = ""
    municipalities: tuple[str, ...] = DEFAULT_MUNICIPALITIES
    policies_folder: str | None = None
    has_calendar: bool = False
    is_secure: bool = False
    left_out: tuple[str, ...] = ()
    admin_url: str | None = None
    given_broker: str | None = None
    databases: dict[str, DatabaseState] = {}
    processes: dict[str, ProcessState] = {}
    topics: dict[str, list[str]] = {}


def find_run_security(run: RunState) -> KafkaSecurity:
    """Return how those who run this connect to its broker."""
    secrets = find_secrets(Path(run.home) / "kafka" / "secrets") if run.is_secure else None
    return PLAINTEXT if secrets is None else secrets.by_password(NODE)


def new_run(home: Path) -> RunState:
    return RunState(run_id=uuid4().hex, home=str(home))


def read_run(home: Path) -> RunState | None:
    """Return the run that was saved here; None if there is none. Raise LocalError if it cannot be read."""
    file = home / "run.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=RunState)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as problem:
        raise LocalError(f"{file} cannot be read ({problem}): delete {home} to begin with an empty one.") from None


def save_run(run: RunState) -> None:
    write_atomically(Path(run.home) / "run.json", msgspec.json.encode(run).decode())


def is_copy(run: RunState, home: Path) -> bool:
    """Return whether the run belongs to another folder that still exists."""
    old = Path(run.home)
    if old == home:
        return False
    try:
        other = read_run(old)
    except LocalError:
        return False
    return other is not None and other.run_id == run.run_id and not _is_same(old, home)


def begin_empty(home: Path) -> None:
    """Delete what was copied here. What is outside the folder belongs to the original and stays."""
    for entry in home.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _is_same(first: Path, second: Path) -> bool:
    return first.samefile(second)
