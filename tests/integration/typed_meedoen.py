"""`meedoen ...` as a person types it, for the tests of a local run."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class TypedMeedoen:
    """`meedoen ...` as typed in a shell, with this state folder."""

    state: Path

    def __call__(self, *arguments: str, code: int = 0) -> str:
        process = self.run(*arguments)
        assert process.returncode == code, process.stdout + process.stderr
        return process.stdout + process.stderr

    def run(self, *arguments: str, **overrides: str) -> subprocess.CompletedProcess[str]:
        names = ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")
        environment = {name: value for name, value in os.environ.items() if name not in names}
        command = [sys.executable, "-m", "meedoen", *arguments]
        environment |= {"MEEDOEN_STATE": str(self.state), **overrides}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    def status(self, code: int = 0) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self("status", "--json", code=code))
        return document


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def service_status(status: dict[str, Any], name: str) -> dict[str, Any]:
    status_of_service: dict[str, Any] = next(entry for entry in status["services"] if entry["service"] == name)
    return status_of_service
