"""Child processes of the local runner: what has ended does not linger."""

import sys
from pathlib import Path

import psutil

from meedoen.stack.processes import start_process, wait_until


def test_a_child_that_ended_is_reaped_when_another_is_started(tmp_path: Path) -> None:
    command, log_file = [sys.executable, "-c", ""], tmp_path / "log"
    first = start_process(command, log_file=log_file)

    def has_ended() -> bool:
        return bool(psutil.Process(first).status() == psutil.STATUS_ZOMBIE)

    wait_until(has_ended, deadline_seconds=30, failure=lambda: "it runs on")
    start_process(command, log_file=log_file)
    assert not psutil.pid_exists(first)
