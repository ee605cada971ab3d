"""Recruitment, running, with one neighbourhood on record."""

from collections.abc import Awaitable, Callable

import pytest
from recruitment_desk import MEERZICHT

from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def recruitment(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    service = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR)
    assert (await service.put("/neighbourhoods/meerzicht", json=MEERZICHT)).status_code == 200
    return service
