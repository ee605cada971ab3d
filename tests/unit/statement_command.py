"""`meedoen statement` in the process of a test."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from meedoen.cli.main import main

Captured = pytest.CaptureFixture[str]


class Command:
    """The command line in this process, with a household from a file."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, captured: Captured) -> None:
        self.file, self.patch, self.captured = folder / "household.json", patch, captured

    def __call__(self, document: object, *options: str) -> tuple[int, str, list[str]]:
        self.file.write_text(document if isinstance(document, str) else json.dumps(document))
        self.patch.setattr(sys, "argv", ["meedoen", "statement", str(self.file), *options])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.captured.readouterr()
        return int(ended.value.code or 0), out, err.splitlines()

    def statements(self, document: object, *options: str) -> list[dict[str, Any]]:
        code, out, err = self(document, *options)
        assert (code, err) == (0, [])
        result: list[dict[str, Any]] = json.loads(out)["statements"]
        return result
