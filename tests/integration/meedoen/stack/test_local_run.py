"""A run on this machine: brought up, hurt, healed and taken down by the very commands that a person types."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from typed_meedoen import TypedMeedoen, kill, service_status

from meedoen.stack.state import read_run
from shared.testing import eventually

pytestmark = pytest.mark.timeout(240)
HOLDS_FOLDER = """
import os, sys
from pathlib import Path
from meedoen.stack.local_run import LocalRun

with LocalRun(Path(sys.argv[1])) as run:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may pass through, so that the database stands inside the state folder also for root."""
    path = Path(tempfile.mkdtemp(prefix="meedoen-test-"))
    path.chmod(0o755)
    yield path
    for state in path.iterdir():
        if (state / "run.json").exists():
            TypedMeedoen(state)("down")
    shutil.rmtree(path)


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that belong to a state folder, by its path or by the name of its run."""
    run = read_run(folder)
    marks = [str(folder), *([run.run_id] if run else [])]
    lines = []
    for process in psutil.process_iter(["cmdline"]):  # type: ignore[no-untyped-call]  # psutil has no types
        line = " ".join(process.info["cmdline"] or [])
        if any(mark in line for mark in marks) and process.pid != os.getpid():
            lines.append(line)
    return lines


def taken(address: str) -> socket.socket:
    """Another program has this port by now."""
    return socket.create_server(("127.0.0.1", int(address.rpartition(":")[2])))


def test_up_heals_whatever_was_killed_and_down_leaves_nothing_behind(folder: Path) -> None:
    meedoen = TypedMeedoen(folder / "state")

    assert "Started: PostgreSQL, broker, recruitment, intake, ontzorgen, notifications, calendar" in meedoen("up")
    first = meedoen.status()
    assert first["is_well"]
    assert len({entry["address"] for entry in first["services"]}) == 4
    assert "Everything is running already." in meedoen("up")
    assert meedoen("token", "--role", "case_manager", "--municipality", "gm0637").count(".") == 2

    assert "2026-07-01 has started in gm0637, gm0080." in meedoen("start-day", "2026-07-01")

    kill(service_status(first, "intake")["pid"])
    kill(service_status(first, "ontzorgen")["pid"])
    hurt = meedoen.status(code=1)
    assert (service_status(hurt, "intake")["health"], service_status(hurt, "recruitment")["health"]) == (
        "down",
        "ready",
    )
    with taken(service_status(first, "ontzorgen")["address"]):
        assert "Started: intake, ontzorgen." in meedoen("up")
    healed = meedoen.status()
    assert service_status(healed, "intake")["address"] == service_status(first, "intake")["address"]
    assert service_status(healed, "ontzorgen")["address"] != service_status(first, "ontzorgen")["address"]

    kill(int((meedoen.state / "broker" / "pid").read_text()))
    kill(int((meedoen.state / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))
    hurt = meedoen.status(code=1)
    assert not hurt["postgres_up"]
    assert not hurt["broker_up"]
    assert "Started: PostgreSQL, broker, recruitment" in meedoen("up")
    assert meedoen.status()["is_well"]

    assert "Stopped: recruitment, intake, ontzorgen, notifications, calendar, broker, PostgreSQL." in meedoen("down")
    assert processes_of(meedoen.state) == []
    assert "Nothing is running here." in meedoen("down")
    assert meedoen.status(code=1)["calendar"] == "down"


def test_a_start_that_fails_half_way_says_why_and_can_be_taken_down(folder: Path) -> None:
    meedoen = TypedMeedoen(folder / "state")
    names = {"DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/postgres"}

    refused = meedoen.run("up", **names)
    assert refused.returncode == 1
    assert "PostgreSQL at 127.0.0.1:1/postgres refuses the connection" in refused.stderr
    assert "secret" not in refused.stderr
    assert "Stopped: broker." in meedoen("down")
    assert processes_of(meedoen.state) == []

    refused = meedoen.run("up", HTTP_BODY_BYTES_MAX="1")
    assert "ended at once (HTTP_BODY_BYTES_MAX cannot be used" in refused.stderr
    assert "PostgreSQL." in meedoen("down")
    assert processes_of(meedoen.state) == []


def test_a_renamed_folder_is_the_same_run_and_a_copied_one_begins_empty(folder: Path) -> None:
    meedoen = TypedMeedoen(folder / "first")
    meedoen("up", "--municipalities", "gm0637", "--no-calendar")
    before = meedoen.status()

    shutil.copytree(folder / "first", folder / "copy", ignore=shutil.ignore_patterns("data"))
    copy = TypedMeedoen(folder / "copy")
    assert "was renamed or copied from" in copy("status", code=1)
    assert "beginning empty" in copy("down")
    assert meedoen.status()["services"] == before["services"]

    (folder / "first").rename(folder / "second")
    renamed = TypedMeedoen(folder / "second")
    assert "This folder was" in renamed("up", "--no-calendar")
    after = renamed.status()
    assert after["is_well"]
    assert {entry["pid"] for entry in after["services"]}.isdisjoint(entry["pid"] for entry in before["services"])
    assert processes_of(folder / "first") == []
    run = read_run(folder / "second")
    assert run is not None
    assert run.municipalities == ("gm0637",)


async def test_what_a_program_started_ends_with_it_also_after_kill_9(folder: Path) -> None:
    state = folder / "state"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    environment.pop("DATABASE_URL", None)
    with subprocess.Popen(  # noqa: ASYNC220 - the one line that is read from it comes while nothing else runs here
        [sys.executable, "-c", HOLDS_FOLDER, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        refused = TypedMeedoen(state).run("up")
        assert refused.returncode == 1
        assert f"Process {program.pid} uses {state} for a run of its own" in refused.stderr
        assert len(processes_of(state)) >= 6
        program.kill()

    await eventually(lambda: processes_of(state) == [], 30, what="every process of the run has ended")
    assert "Started: PostgreSQL, broker" in TypedMeedoen(state)("up")
