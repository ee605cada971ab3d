"""The local runner's PostgreSQL: found again, keeps what it promised, and runs wherever the folder stands."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from meedoen.stack.errors import LocalError
from meedoen.stack.postgres import PostgresServer, find_postgres, start_postgres
from meedoen.stack.postgres_binaries import Owner, can_enter, find_binaries, reachable_binaries
from meedoen.stack.postgres_home import read_instance
from meedoen.stack.processes import is_port_free, kill_process, process_exists, start_process
from shared.testing import eventually

ROOT = Path(__file__).parents[4]
KILLED_RUN = """
import os, signal
from pathlib import Path

from meedoen.stack.postgres import find_postgres

def test_that_is_killed(postgres, tmp_path_factory):
    folder = next(tmp_path_factory.getbasetemp().glob("postgres*"))
    Path({told!r}).write_text(f"{{find_postgres(folder).pid}}\\n{{folder}}")
    os.kill(os.getpid(), signal.SIGKILL)
"""
Starter = Callable[[Path], PostgresServer]


@pytest.fixture
def start() -> Iterator[Starter]:
    """Start servers and remove them afterwards, also what they put outside their folder."""
    folders: set[Path] = set()

    def starter(state_dir: Path) -> PostgresServer:
        server = start_postgres(state_dir, parent_pid=os.getpid())
        folders.add(state_dir)
        return server

    yield starter
    for folder in folders:
        PostgresServer("", folder).remove()


async def ask(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(server.admin_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_was_committed_survives_kill_9_and_the_address_stays(start: Starter, tmp_path: Path) -> None:
    server = start(tmp_path)
    await ask(server, "create table fact (value int)")
    await ask(server, "insert into fact values (42)")

    server.kill()
    assert server.pid is None
    again = start(tmp_path)

    assert again == server
    assert await ask(again, "select value from fact") == 42


def test_a_second_start_finds_the_running_server(start: Starter, tmp_path: Path) -> None:
    assert find_postgres(tmp_path) is None
    first = start(tmp_path)
    process = first.pid

    assert start(tmp_path) == first
    assert find_postgres(tmp_path) == replace(first, parent_pid=None)
    assert first.pid == process
    first.stop()
    assert find_postgres(tmp_path) is None


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_keeps_data_and_address(start: Starter, tmp_path: Path, mode: str) -> None:
    server = start(tmp_path)
    await ask(server, "create table fact as select 7 as value")

    server.restart(mode)  # type: ignore[arg-type]  # parametrize knows no literal types

    assert await ask(server, "select value from fact") == 7


async def test_commits_are_durable_and_strangers_are_refused(start: Starter, tmp_path: Path) -> None:
    server = start(tmp_path)

    assert await ask(server, "show fsync") == "on"
    assert await ask(server, "show synchronous_commit") == "on"
    assert await ask(server, "show max_connections") == "200"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.admin_url, password="guessed")


async def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(start: Starter, tmp_path: Path) -> None:
    server = start(tmp_path)
    server.kill()
    (pid_file,) = _data_folder(tmp_path).glob("postmaster.pid")
    lines = pid_file.read_text().splitlines()
    # One of the same user: another's number does not deceive PostgreSQL.
    user = pid_file.stat().st_uid if os.geteuid() == 0 else None
    stranger = start_process(["sleep", "60"], log_file=tmp_path / "stranger.log", user=user)
    pid_file.write_text("\n".join([str(stranger), *lines[1:]]) + "\n")

    assert await ask(start(tmp_path), "select 1") == 1
    kill_process(stranger, marker="sleep")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that its server's user may not enter")
async def test_root_gets_a_server_in_a_folder_that_nobody_else_may_enter(start: Starter, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    server = start(closed / "state")

    assert await ask(server, "select 1") == 1
    assert not _data_folder(closed / "state").is_relative_to(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that its server's user may not enter")
def test_what_stands_outside_a_deleted_state_folder_is_swept_away_later(start: Starter, tmp_path: Path) -> None:
    for name in ("deleted", "kept"):
        (tmp_path / name).mkdir(mode=0o700)
    deleted = start_postgres(tmp_path / "deleted", parent_pid=os.getpid())
    left_over = _data_folder(tmp_path / "deleted")
    deleted.stop()
    shutil.rmtree(tmp_path / "deleted")
    start(tmp_path / "kept")
    assert left_over.exists()

    os.utime(left_over.parent / "belongs-to", (0, 0))
    (tmp_path / "new").mkdir(mode=0o700)
    start(tmp_path / "new")

    assert not left_over.exists()
    assert _data_folder(tmp_path / "kept").exists()


def test_programs_in_a_closed_folder_are_brought_to_where_their_user_can_run_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installation = find_binaries().parent
    package = installation.parent
    programs = closed / package.name / installation.name / "bin"
    shutil.copytree(installation, programs.parent, ignore=shutil.ignore_patterns("*.a", "include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    stranger = Owner("stranger", os.geteuid() + 1, os.getegid() + 1)

    with tempfile.TemporaryDirectory() as spare:
        Path(spare).chmod(0o755)
        brought = reachable_binaries(programs, stranger, Path(spare))

        assert not can_enter(programs, stranger)
        assert can_enter(brought, stranger) == can_enter(Path(spare), stranger)
        for program in ("postgres", "initdb"):
            result = subprocess.run([brought / program, "--version"], capture_output=True, text=True, check=True)
            assert "PostgreSQL" in result.stdout


def test_a_forced_folder_without_postgresql_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEEDOEN_POSTGRES_BIN", str(tmp_path))

    with pytest.raises(LocalError, match="holds no postgres and initdb that run: name one with 14 or newer"):
        start_postgres(tmp_path)


def test_removing_leaves_neither_folder_nor_port(tmp_path: Path) -> None:
    server = start_postgres(tmp_path, parent_pid=os.getpid())
    data = _data_folder(tmp_path)
    port = int(server.admin_url.rsplit(":", 1)[1].split("/")[0])

    server.remove()

    assert not data.exists()
    assert list(tmp_path.iterdir()) == []
    assert is_port_free(port)


async def test_a_server_ends_when_the_process_that_wanted_it_is_killed(tmp_path: Path) -> None:
    parent = start_process(["sleep", "60"], log_file=tmp_path / "parent.log")
    server = start_postgres(tmp_path, parent_pid=parent)
    try:
        server.restart()
        assert await ask(server, "select 1") == 1

        kill_process(parent, marker="sleep")

        await eventually(lambda: server.pid is None)
    finally:
        server.remove()


async def test_a_run_of_tests_that_is_killed_leaves_no_server_behind(tmp_path: Path) -> None:
    """The fixture that every tier takes its server from, in a run that ends as by kill -9."""
    pid, state_dir = _kill_a_run(tmp_path)
    await eventually(lambda: not process_exists(pid))
    PostgresServer("", state_dir).remove()


def _kill_a_run(folder: Path) -> tuple[int, Path]:
    """Let a run of tests kill itself; return the process id of its server and the server's folder."""
    told = folder / "told"
    (folder / "test_killed.py").write_text(KILLED_RUN.format(told=str(told)))
    options = ("-n", "0", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "-p", "tests.conftest")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "MEEDOEN_"))}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--basetemp={folder / 'run'}", folder / "test_killed.py"],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, run.stdout + run.stderr
    pid, state_dir = told.read_text().splitlines()
    return int(pid), Path(state_dir)


def _data_folder(state_dir: Path) -> Path:
    return read_instance(state_dir).data
