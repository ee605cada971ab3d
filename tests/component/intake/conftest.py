"""Intake, running, with a case manager's token."""

from collections.abc import Awaitable, Callable

import pytest

from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def intake(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("intake", Role.CASE_MANAGER)
