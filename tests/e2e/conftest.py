"""What the tests of documentation share stands beside them, and they are no package."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).resolve().parents[2]
_NOT_PASSED_ON = ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "OTEL_TRACES_FILE", "PYTEST_ADDOPTS")


def run_meedoen(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "meedoen", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def started_run() -> Iterator[dict[str, str]]:
    """The environment of a terminal in which `make up` has just started an empty run."""
    folder = Path(tempfile.mkdtemp(prefix="meedoen-test-"))
    folder.chmod(0o755)  # the user PostgreSQL runs as passes through
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    environment = {**inherited, "MEEDOEN_STATE": str(folder / "state")}
    try:
        run_meedoen(environment, "up")
        yield environment
    finally:
        run_meedoen(environment, "down")
        shutil.rmtree(folder)
