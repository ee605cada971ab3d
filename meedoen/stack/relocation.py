"""The run of a state folder as it stands now: kept, new, a copy that begins empty, or one whose folder was renamed."""

import contextlib
import json
import signal
from dataclasses import replace
from pathlib import Path

from meedoen.stack.errors import LocalError
from meedoen.stack.postgres_binaries import find_binaries, reachable_binaries, server_owner, version_of
from meedoen.stack.postgres_home import PostgresPlace, read_place
from meedoen.stack.processes import Progress, kill_process, stop_process
from meedoen.stack.service_process import kill_left_over
from meedoen.stack.state import KeptRun, begin_empty, is_copy, new_run, read_run, save_run


def settle(home: Path, progress: Progress) -> KeptRun:
    """The run to go on with in `home` (an absolute, existing folder)."""
    kept = read_run(home)
    if kept is None:
        return new_run(home)
    if kept.home == str(home):
        return kept
    if is_copy(kept, home):
        progress(f"This folder is a copy of {kept.home}, whose processes and data are not ours: beginning empty.")
        begin_empty(home)
        return new_run(home)
    progress(f"This folder was {kept.home}: stopping what runs under that name.")
    return _renamed(kept, home)


def _renamed(kept: KeptRun, home: Path) -> KeptRun:
    old = Path(kept.home)
    for name in kept.processes:
        kill_left_over(kept, name)
    _kill_by_pid_file(home / "broker" / "pid", str(old / "broker" / "address"))
    _kill_by_pid_file(home / "kafka" / "pid", str(old / "kafka" / "server.properties"))
    _mend_kafka(home, old)
    _mend_postgres(home, old)
    kept.home = str(home)
    kept.processes.clear()
    save_run(kept)
    return kept


def _kill_by_pid_file(pid_file: Path, marker: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        kill_process(int(pid_file.read_text()), marker=marker)


def _mend_kafka(home: Path, old: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        properties = home / "kafka" / "server.properties"
        properties.write_text(properties.read_text().replace(str(old), str(home)))


def _mend_postgres(home: Path, old: Path) -> None:
    if not (home / "postgres" / "server.json").exists():
        return
    place = read_place(home)
    if place.data.is_relative_to(old):
        _stop_under_old_name(place, old, home)
        place = replace(place, data=home / place.data.relative_to(old))
    if not version_of(place.binaries):
        place = replace(place, binaries=_found_again(place))
    place.save()


def _stop_under_old_name(place: PostgresPlace, old: Path, home: Path) -> None:
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        pid_file = home / place.data.relative_to(old) / "postmaster.pid"
        stop_process(int(pid_file.read_text().splitlines()[0]), marker=str(place.data), first=signal.SIGINT)


def _found_again(place: PostgresPlace) -> Path:
    """The programs stood in the renamed clone as well."""
    if place.spare is None:
        return find_binaries()
    found = reachable_binaries(find_binaries(), server_owner(), place.spare / "programs")
    if not version_of(found):
        raise LocalError(f"The programs of PostgreSQL are gone from {place.binaries}: delete {place.home}.")
    return found


def describe(home: Path) -> str:
    """The server's place in a sentence's words, for status."""
    with contextlib.suppress(LocalError, json.JSONDecodeError):
        return f"127.0.0.1:{read_place(home).port}"
    return "none"
