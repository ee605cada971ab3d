"""Folders outside the state folder: those that nobody owns any more are deleted, whoever else is deleting some."""

import os
import time
from pathlib import Path

import pytest

from meedoen.stack.postgres_home import BELONGS_TO, SPARE_AGE_SECONDS_MIN, SPARE_PREFIX, _delete_leftovers


def left_behind(parent: Path, *, age_seconds: float) -> Path:
    """A folder whose state folder is gone."""
    spare = parent / f"{SPARE_PREFIX}{age_seconds:.0f}"
    spare.mkdir()
    (spare / BELONGS_TO).write_text(str(parent / "gone"))
    written = time.time() - age_seconds
    os.utime(spare / BELONGS_TO, (written, written))
    return spare


def test_old_ones_go_and_young_ones_stay_though_another_run_deletes_its_own_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = left_behind(tmp_path, age_seconds=SPARE_AGE_SECONDS_MIN + 60)
    young = left_behind(tmp_path, age_seconds=0)
    listed_folders = [tmp_path / f"{SPARE_PREFIX}deleted-just-now", young, old]
    monkeypatch.setattr(Path, "glob", lambda *_: iter(listed_folders))
    _delete_leftovers(tmp_path)
    assert (old.exists(), young.exists()) == (False, True)
