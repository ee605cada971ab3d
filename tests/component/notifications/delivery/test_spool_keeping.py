"""The spool folder: full or broken it turns readiness red, and what is in it leaves after its retention."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from services.notifications.delivery.adapters.spool_keeping import DAY_SECONDS, SpoolKeeper, require_writable
from shared.observability.health import NotReadyError
from shared.testing import eventually
from shared.testing.running_service import RunningService

READY = "http://service/health/ready"


async def wait_for_spool(service: RunningService, *, up: bool) -> str:
    """Wait until the check is as it should be, with readiness and metric beside it; return its reason."""

    async def read_reason() -> str | None:
        answer = await service.get(READY)
        check = answer.json()["checks"]["spool"]
        metrics = (await service.get("http://service/metrics")).text
        is_told = f'dependency_up{{check="spool"}} {float(up)}' in metrics
        is_so = check["up"] is up and answer.status_code == (200 if up else 503) and is_told
        return check.get("reason", "usable") if is_so else None

    return await eventually(read_reason, 20, what=f"spool is up: {up}")


async def test_a_spool_that_cannot_be_written_is_red_and_green_once_it_can(
    client_for: Callable[..., Awaitable[RunningService]], tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    service = await client_for("notifications", spool_folder=folder)
    await wait_for_spool(service, up=True)
    folder.rename(tmp_path / "away")
    folder.write_text("Not a folder.")
    assert "cannot be written" in await wait_for_spool(service, up=False)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    await wait_for_spool(service, up=True)
    assert not list(folder.glob(".probe*")), "the probe leaves nothing behind"


def test_a_spool_with_too_little_room_is_full(tmp_path: Path) -> None:
    require_writable(tmp_path, 0)
    with pytest.raises(NotReadyError, match="make room"):
        require_writable(tmp_path, 2**60)


async def test_files_leave_after_their_retention_and_nothing_else_does(tmp_path: Path) -> None:
    folder = tmp_path / "gm0637"
    folder.mkdir()
    ids = [uuid4() for _ in range(4)]
    names = [f"{ids[0]}.html", f"{ids[1]}.eml", f".{ids[2]}.html.unfinished", f"{ids[3]}.html", "leesmij.html"]
    for name in names:
        (folder / name).write_text("Beste lezer")
    now_seconds = (folder / names[3]).stat().st_mtime
    for name, days in zip(names, (31, 31, 31, 29, 31), strict=True):
        os.utime(folder / name, (now_seconds, now_seconds - days * DAY_SECONDS))
    with structlog.testing.capture_logs() as logs:
        assert await SpoolKeeper(tmp_path, free_bytes_min=0, retention_days=30).purge() == 3
    assert sorted(path.name for path in folder.iterdir()) == sorted(names[3:])
    assert logs == [{"event": "spool_purged", "files": 3, "retention_days": 30, "log_level": "info"}]


async def test_a_running_service_purges_at_its_start(
    client_for: Callable[..., Awaitable[RunningService]], tmp_path: Path
) -> None:
    letter = tmp_path / "spool" / "gm0637" / f"{uuid4()}.html"
    letter.parent.mkdir(parents=True)
    letter.write_text("Beste lezer")
    os.utime(letter, (0, 0))
    await client_for("notifications", spool_folder=tmp_path / "spool", spool_retention_days=1)
    await eventually(lambda: not letter.exists())
