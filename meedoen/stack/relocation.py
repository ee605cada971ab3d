"""Finds the run of a state folder: existing, new, a copy that begins empty, or one whose folder was renamed."""

import contextlib
import signal
from dataclasses import replace
from pathlib import Path

from meedoen.stack.errors import LocalError
from meedoen.stack.postgres_binaries import find_binaries, reachable_binaries, server_owner, version_of
from meedoen.stack.postgres_home import PostgresInstance, read_instance
from meedoen.stack.processes import Progress, kill_process, stop_process
from meedoen.stack.service_process import kill_leftover
from meedoen.stack.state import RunState, begin_empty, is_copy, new_run, read_run, save_run


def resolve_run(home: Path, progress: Progress) -> RunState:
    """Return the run to continue in `home` (an absolute, existing folder)."""
    run = read_run(home)
    if run is None:
        return new_run(home)
    if run.home == str(home):
        return run
    if is_copy(run, home):
        progress(
            f"This folder is a copy of {run.home}, whose processes and data belong to the original: beginning empty."
        )
        begin_empty(home)
        return new_run(home)
    progress(f"This folder was {run.home}: stopping what runs under that name.")
    return _adopt_renamed_run(run, home)


def _adopt_renamed_run(run: RunState, home: Path) -> RunState:
    old_home = Path(run.home)
    for name in run.processes:
        kill_leftover(run, name)
    _kill_by_pid_file(home / "broker" / "pid", str(old_home / "broker" / "address"))
    _kill_by_pid_file(home / "kafka" / "pid", str(old_home / "kafka" / "server.properties"))
    _fix_kafka_paths(home, old_home)
    _fix_postgres_paths(home, old_home)
    run.home = str(home)
    run.processes.clear()
    save_run(run)
    return run


def _kill_by_pid_file(pid_file: Path, marker: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        kill_process(int(pid_file.read_text()), marker=marker)


def _fix_kafka_paths(home: Path, old_home: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        properties = home / "kafka" / "server.properties"
        properties.write_text(properties.read_text().replace(str(old_home), str(home)))


def _fix_postgres_paths(home: Path, old_home: Path) -> None:
    if not (home / "postgres" / "server.json").exists():
        return
    instance = read_instance(home)
    if instance.data.is_relative_to(old_home):
        _stop_postgres_of_old_folder(instance, old_home, home)
        instance = replace(instance, data=home / instance.data.relative_to(old_home))
    if not version_of(instance.binaries):
        instance = replace(instance, binaries=_find_binaries_again(instance))
    instance.save()


def _stop_postgres_of_old_folder(instance: PostgresInstance, old_home: Path, home: Path) -> None:
    with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
        pid_file = home / instance.data.relative_to(old_home) / "postmaster.pid"
        stop_process(int(pid_file.read_text().splitlines()[0]), marker=str(instance.data), first=signal.SIGINT)


def _find_binaries_again(instance: PostgresInstance) -> Path:
    """Return PostgreSQL's programs after a rename of the clone they were in."""
    if instance.spare is None:
        return find_binaries()
    binaries = reachable_binaries(find_binaries(), server_owner(), instance.spare / "programs")
    if not version_of(binaries):
        raise LocalError(f"The programs of PostgreSQL are gone from {instance.binaries}: delete {instance.home}.")
    return binaries
