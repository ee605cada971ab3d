"""The command line: help costs next to nothing, and every mistake is one sentence with the right exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meedoen.cli.main import main

HEAVY = ("pydantic", "sqlalchemy", "fastapi", "asyncpg", "confluent_kafka", "rich.console")


def meedoen(
    *arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Exit code, output and errors of one command."""
    monkeypatch.setattr(sys, "argv", ["meedoen", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.out, captured.err


def test_help_loads_none_of_the_heavy_libraries() -> None:
    code = "import sys, meedoen.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize(
    "old_command",
    [
        ["day", "--help"],
        ["relief", "right", "--help"],
        ["relief", "independence", "to-tell", "--help"],
        ["relief", "independence", "told", "--help"],
    ],
)
def test_a_command_that_was_renamed_still_answers_to_its_old_name_and_its_group_shows_only_the_new_one(
    old_command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, help_text, _ = meedoen(*old_command, monkeypatch=monkeypatch, capsys=capsys)
    assert (code, help_text.startswith(f"Usage: meedoen {' '.join(old_command[:-1])} ")) == (0, True)
    _, listing, _ = meedoen(*old_command[:-2], "--help", monkeypatch=monkeypatch, capsys=capsys)
    assert old_command[-2] not in [line.split()[0] for line in listing.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["up", "--brker", "kafka"], "No such option: --brker"),
        (["up", "--municipalities", "Zoetermeer"], "'Zoetermeer' is not a municipality: give its CBS code"),
        (["up", "--policies", "/dev/null"], "/dev/null is not a directory: give a directory of policy files"),
        (["up", "--without", "werving"], "There is no service 'werving': choose from recruitment, intake"),
        (["env", "werving"], "There is no service 'werving'"),
        (["env"], "Name one service (meedoen env intake), or ask for --addresses."),
        (["env", "intake", "--addresses"], "Name one service (meedoen env intake), or ask for --addresses."),
        (["serve", "werving"], "There is no service 'werving': choose from recruitment, intake"),
        (["parked", "list", "--service", "werving"], "There is no service 'werving'"),
        (["replay", "werving"], "There is no service 'werving'"),
        (["parked", "release"], "Say what to release: an ID, or --reason REASON, or --all."),
        (["parked", "discard"], "Missing argument 'ID'"),
        (["start-day", "2026-02-30"], "'2026-02-30' is not a day: write it as 2026-07-01."),
        (["token", "--role", "mayor", "--municipality", "gm0637"], "'mayor' is not a role: choose from"),
    ],
)
def test_a_command_written_wrongly_ends_with_code_2_and_says_what_is_wrong(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MEEDOEN_STATE", str(tmp_path))
    code, _, errors = meedoen(*arguments, monkeypatch=monkeypatch, capsys=capsys)

    assert code == 2
    assert sentence in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["status"], "Nothing has been started in"),
        (["day"], "Nothing has been started in"),
        (["env", "--addresses"], "Nothing has been started in"),
        (["parked", "list"], "No database of any service is known here: give --database-url or DATABASE_URL_NAME"),
        (["replay", "intake"], "give --database-url or DATABASE_URL_INTAKE"),
        (
            ["parked", "list", "--service", "intake", "--database-url", "mysql://x"],
            "--database-url does not look right",
        ),
        (
            ["parked", "list", "--service", "intake", "--database-url", "postgresql://a:b@127.0.0.1:1/x"],
            "The database at 127.0.0.1:1/x refuses the connection (ConnectionRefusedError)",
        ),
        (["migrate", "intake"], "MIGRATION_DATABASE_URL is missing"),
        (["topics", "create"], "The broker is missing"),
        (["topics", "create", "--bootstrap-servers", "127.0.0.1:1"], "No Kafka broker answers at 127.0.0.1:1"),
        (["up", "--broker", "rabbit"], "There is no broker 'rabbit': choose from embedded, kafka."),
        (["up", "--state", "/dev/null"], "/dev/null cannot hold a run (File exists): name a folder of your own"),
        (["serve", "intake"], "DATABASE_URL is missing: set it to postgresql://"),
        (["calendar"], "MUNICIPALITIES is missing: set it to CBS codes"),
    ],
)
def test_what_can_not_be_done_ends_with_code_1_and_says_how_to_mend_it(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in os.environ if name.startswith(("DATABASE_URL", "KAFKA_", "MIGRATION_", "MUNICIP"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MEEDOEN_STATE", str(tmp_path))
    monkeypatch.setattr("meedoen.stack.topics.REQUEST_SECONDS_MAX", 1.0)
    code, _, errors = meedoen(*arguments, monkeypatch=monkeypatch, capsys=capsys)

    assert code == 1
    assert sentence in errors
    assert "Traceback" not in errors


def test_a_run_that_was_kept_by_something_else_is_refused_with_the_file_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.json").write_text("{")
    code, _, errors = meedoen("status", "--state", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)

    assert code == 1
    assert f"{tmp_path / 'run.json'} cannot be read" in errors
    assert f"delete {tmp_path}" in errors
