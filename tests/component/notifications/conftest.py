"""Notifications, running, with a case manager's token and a spool folder of the test's own."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.printing.worker import PrintWorker
from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]], tmp_path: Path) -> RunningService:
    leaving = {"spool_folder": tmp_path / "spool", "letters_leave": "at_once"}
    return await client_for("notifications", Role.CASE_MANAGER, **leaving)


@pytest.fixture
def idle_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker of the service's own claims the messages of the test."""

    async def do_nothing(_: object) -> None:
        return None

    for worker in (DeliveryWorker, PrintWorker):
        monkeypatch.setattr(worker, "_run", do_nothing)
