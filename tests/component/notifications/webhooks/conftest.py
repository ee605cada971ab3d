"""A service that delivers to webhooks on this machine, and a partner's server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from partner_desk import PartnerDesk
from webhook_receiver import Receiver, run_receiver

from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with run_receiver(Receiver()) as running:
        yield running


@pytest.fixture
async def desk(
    client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer, tmp_path: Path
) -> PartnerDesk:
    settings = {"spool_folder": tmp_path / "spool", "webhook_loopback_allowed": True, "delivery_poll_seconds": 0.1}
    return PartnerDesk(await client_for("notifications", Role.CASE_MANAGER, **settings), issuer)
