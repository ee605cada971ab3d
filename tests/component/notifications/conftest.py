"""Notifications, running, with a case manager's token and a spool folder of the test's own."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.notifications.delivery.worker import DeliveryWorker
from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]], tmp_path: Path) -> RunningService:
    return await client_for("notifications", Role.CASE_MANAGER, spool_folder=tmp_path / "spool")


@pytest.fixture
def idle_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker of the service's own claims the messages of the test."""

    async def do_nothing(_: DeliveryWorker) -> None:
        return None

    monkeypatch.setattr(DeliveryWorker, "_run", do_nothing)
