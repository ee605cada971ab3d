"""Where the PostgreSQL of one state folder is, and how it is created the first time.

The data are in the state folder, unless the user that the server runs as cannot get there: then in a folder of their
own outside, recorded in server.json. That file is written last, so a half-made server is created again.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from meedoen.stack.errors import LocalError
from meedoen.stack.postgres_binaries import (
    Owner,
    can_enter,
    find_binaries,
    is_reachable,
    reachable_binaries,
    server_owner,
    version_of,
)
from meedoen.stack.processes import find_free_port, is_running, write_atomically

ADMIN_USER = "meedoen"
PASSWORD_BYTES = 24
SPARE_PREFIX = "meedoen-postgres-"
BELONGS_TO = "belongs-to"
SPARE_AGE_SECONDS_MIN = 3_600.0
# The eighth line of PostgreSQL's own pid file says whether it takes connections.
PID_FILE_STATUS_LINE = 7


@dataclass(frozen=True)
class PostgresInstance:
    """One server's folders and port; `spare` is the folder outside the state folder, if one was needed."""

    home: Path
    binaries: Path
    data: Path
    port: int
    spare: Path | None

    @property
    def admin_url(self) -> str:
        """The superuser's address, with the password that the state folder keeps."""
        password = (self.home / "password").read_text()
        return f"postgresql://{ADMIN_USER}:{password}@127.0.0.1:{self.port}/postgres"

    def move_to_free_port(self) -> "PostgresInstance":
        moved = replace(self, port=find_free_port())
        moved.save()
        return moved

    def save(self) -> None:
        state = {"binaries": str(self.binaries), "data": str(self.data), "port": self.port}
        write_atomically(self.home / "server.json", json.dumps({**state, "spare": self.spare and str(self.spare)}))

    def check_data(self) -> None:
        """Raise LocalError if the data are gone or were created by another version than is there now."""
        try:
            data_version = int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            raise LocalError(
                f"The data of PostgreSQL in {self.data} is gone: delete {self.home} to begin with an empty one."
            ) from None
        if version_of(self.binaries) != data_version:
            raise LocalError(
                f"{self.data} was made by PostgreSQL {data_version}, which {self.binaries} no longer holds: "
                f"install that version again, or delete {self.home} to begin with an empty one."
            )

    def running_pid(self) -> int | None:
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines else 0
        return pid if pid and is_running(pid, marker=str(self.data)) else None

    def ready_pid(self) -> int | None:
        """Return the server's process id once it accepts connections, else None."""
        lines = self._pid_file_lines()
        is_ready = len(lines) > PID_FILE_STATUS_LINE and lines[PID_FILE_STATUS_LINE].strip() == "ready"
        return int(lines[0]) if is_ready else None

    def forget_foreign_pid(self) -> None:
        """Fix a pid file left by a kill -9 whose number now belongs to another program.

        PostgreSQL would refuse to start. It takes its own parent's number (ours) for stale; the other lines stay, by
        which it sees whether workers of the killed server still hold the data.
        """
        lines = self._pid_file_lines()
        if lines and self.running_pid() is None:
            (self.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    def _pid_file_lines(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().splitlines()
        return []


def postgres_home(state_dir: Path) -> Path:
    return state_dir.resolve() / "postgres"


def read_instance(state_dir: Path) -> PostgresInstance:
    """Return the server that was created in this state folder; LocalError if there is none."""
    home = postgres_home(state_dir)
    try:
        state = json.loads((home / "server.json").read_text())
    except FileNotFoundError:
        raise LocalError(f"No PostgreSQL was ever started in {state_dir}: start one first (meedoen up).") from None
    spare = state["spare"]
    return PostgresInstance(
        home, Path(state["binaries"]), Path(state["data"]), int(state["port"]), spare and Path(spare)
    )


def read_or_create_instance(state_dir: Path) -> PostgresInstance:
    """Return the server of this state folder; create it if there is none."""
    home = postgres_home(state_dir)
    return read_instance(state_dir) if (home / "server.json").exists() else _create_instance(home)


def _create_instance(home: Path) -> PostgresInstance:
    owner = server_owner()
    binaries = find_binaries()
    inside = can_enter(home, owner)
    spare = None if inside and is_reachable(binaries, owner) else _spare_folder(home)
    if spare is not None:
        binaries = reachable_binaries(binaries, owner, spare / "programs")
    data = (spare if spare is not None and not inside else home) / "data"
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    write_atomically(home / "password", password)
    _initialise(binaries, data, owner, password)
    instance = PostgresInstance(home, binaries, data, find_free_port(), spare)
    instance.save()
    return instance


def _spare_folder(home: Path) -> Path:
    """Create a folder that everyone may enter; /var/tmp is kept longer than /tmp and over a reboot."""
    lasting = Path("/var/tmp")  # noqa: S108 (what is made in it gets a name that nobody can foresee)
    parent = lasting if lasting.is_dir() else Path(tempfile.gettempdir())
    _delete_leftovers(parent)
    spare = Path(tempfile.mkdtemp(prefix=SPARE_PREFIX, dir=parent))
    spare.chmod(0o755)
    write_atomically(spare / BELONGS_TO, str(home))
    return spare


def _delete_leftovers(parent: Path) -> None:
    """Delete our spare folders whose state folder has been deleted; young ones may be about to get theirs."""
    for spare in parent.glob(f"{SPARE_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another run deletes its own at this moment
            if not spare.is_symlink() and spare.stat().st_uid == os.geteuid():
                _delete_if_orphaned(spare)


def _delete_if_orphaned(spare: Path) -> None:
    note = spare / BELONGS_TO
    is_young = time.time() - note.stat().st_mtime < SPARE_AGE_SECONDS_MIN
    if not is_young and not (Path(note.read_text()) / "server.json").exists():
        shutil.rmtree(spare, ignore_errors=True)


def _initialise(binaries: Path, data: Path, owner: Owner, password: str) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    password_file = data.with_name("first-password")
    write_atomically(password_file, password)
    if owner.name is not None:
        os.chown(data, owner.uid, owner.gid)
        os.chown(password_file, owner.uid, owner.gid)
    flags = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-instructions", "--no-sync"]
    command = [str(binaries / "initdb"), "-D", str(data), "-U", ADMIN_USER, f"--pwfile={password_file}", *flags]
    result = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False, **_as(owner))
    password_file.unlink()
    if result.returncode != 0:
        reason = " / ".join(result.stderr.strip().splitlines()[-3:]) or "initdb gave no reason"
        raise LocalError(f"PostgreSQL could not create its data folder {data}: {reason}.")


def _as(owner: Owner) -> dict[str, Any]:
    return {} if owner.name is None else {"user": owner.uid, "group": owner.gid, "extra_groups": []}
