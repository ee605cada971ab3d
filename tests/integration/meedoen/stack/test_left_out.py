"""A developer takes one service out of a run, runs it by hand with the environment of the run, and puts it back."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typed_meedoen import TypedMeedoen, kill, service_status

from shared.testing import eventually

pytestmark = pytest.mark.timeout(240)
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the user PostgreSQL runs as may pass through; its run ends with the test."""
    folder = Path(tempfile.mkdtemp(prefix="meedoen-test-"))
    folder.chmod(0o755)
    yield folder
    for state in (folder / "state", folder / ".meedoen"):
        if state.exists():
            TypedMeedoen(state)("down")
    shutil.rmtree(folder)


def run_in_shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    names = ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "MEEDOEN_STATE")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )


def start_in_shell(script: str) -> subprocess.Popen[bytes]:
    shell = ["bash", "-c", script]
    return subprocess.Popen(shell, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


def printed_commands(output: str) -> dict[str, str]:
    """The commands that `up` prints at its end, by what they are for."""
    return dict(re.findall(r"(?m)^  (a token|addresses|the status|a next day|stop it) +(.+)$", output))


@pytest.mark.parametrize("option", ["", "--state 'state'"])
def test_the_commands_that_up_prints_work_as_they_stand(folder: Path, option: str) -> None:
    up = run_in_shell(f"{shlex.quote(sys.executable)} -m meedoen up --no-calendar {option}", folder)
    assert up.returncode == 0, up.stderr
    commands = printed_commands(up.stdout)
    assert len(commands) == 5

    token = run_in_shell(commands["a token"], folder)
    assert (token.returncode, token.stdout.count(".")) == (0, 2), token.stderr
    addresses = run_in_shell(f'eval "$({commands["addresses"]})"; echo $RECRUITMENT_URL', folder).stdout.strip()
    assert f"  recruitment   {addresses}\n" in up.stdout
    answer = httpx.get(f"{addresses}/v1/figures", headers={"Authorization": f"Bearer {token.stdout.strip()}"})
    assert answer.json()["title"] == "Not allowed"  # a case manager was understood, and may not
    page = httpx.get(f"{addresses}/docs")
    assert (page.status_code, "/v1/candidates/{person_id}" in page.text) == (200, True)

    assert run_in_shell(commands["the status"], folder).returncode == 0
    assert "has started in" in run_in_shell(commands["a next day"], folder).stdout
    assert "Stopped:" in run_in_shell(commands["stop it"], folder).stdout


async def test_a_service_that_is_left_out_is_run_by_hand_and_put_back(folder: Path) -> None:
    meedoen = TypedMeedoen(folder / "state")
    assert "Started: PostgreSQL, broker, recruitment, ontzorgen, notifications." in meedoen(
        "up", "--no-calendar", "--without", "intake"
    )
    status = meedoen.status()
    assert status["is_well"]
    left_out = service_status(status, "intake")
    assert (left_out["health"], left_out["pid"], left_out["outbox_depth"]) == ("left out", None, 0)
    assert "intake: left out of this run; at its address: does not answer." in meedoen("status")
    assert "Everything else is running already; left out: intake." in meedoen(
        "up", "--no-calendar", "--without", "intake"
    )

    exported = meedoen("env", "intake")
    assert f"export HTTP_PORT={left_out['address'].rpartition(':')[2]}\n" in exported
    by_hand = start_in_shell(f"{exported}\nexec {shlex.quote(sys.executable)} -m meedoen.stack.serve intake")
    try:
        await eventually(
            lambda: "at its address: ready" in service_status(meedoen.status(), "intake")["reason"],
            60,
            what="the service that was started by hand is ready",
        )
        assert meedoen("up", "--no-calendar", "--without", "intake")
        assert by_hand.poll() is None
    finally:
        by_hand.terminate()
        by_hand.wait(30)

    assert "Started: intake." in meedoen("up", "--no-calendar")
    back = meedoen.status()
    assert (service_status(back, "intake")["health"], service_status(back, "intake")["address"]) == (
        "ready",
        left_out["address"],
    )

    assert "Everything else is running already; left out: intake, ontzorgen." in meedoen(
        "up", "--no-calendar", "--without", "intake", "--without", "ontzorgen"
    )
    taken_out = meedoen.status()
    assert [entry["health"] for entry in taken_out["services"]] == ["ready", "left out", "left out", "ready"]
    kill(service_status(taken_out, "recruitment")["pid"])
    assert service_status(meedoen.status(code=1), "recruitment")["health"] == "down"


def test_the_environment_of_a_service_is_also_a_file_for_an_editor(folder: Path) -> None:
    meedoen = TypedMeedoen(folder / "state")
    assert "Nothing has been started in" in meedoen("env", "intake", code=1)
    meedoen("up", "--no-calendar")
    assert "intake.env, which holds the password of the local database" in meedoen("env", "intake", "--file")
    file = meedoen.state / "intake.env"
    exported = dict(line.removeprefix("export ").split("=", 1) for line in meedoen("env", "intake").splitlines())
    assert dict(line.split("=", 1) for line in file.read_text().splitlines()) == exported
    assert {
        "DATABASE_URL",
        "HTTP_PORT",
        "KAFKA_BOOTSTRAP_SERVERS",
        "MUNICIPALITIES",
        "AUTH_JWKS_FILE",
    } <= exported.keys()
    assert file.stat().st_mode & 0o077 == 0
