"""The command `meedoen statement`, with a file of its own for each test."""

from pathlib import Path

import pytest
from statement_command import Captured, Command


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Command:
    return Command(tmp_path, monkeypatch, capsys)
