"""A municipality that does all there is around a household, and a household in relief in it."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from independence_desk import DONGEMOND

from services.ontzorgen.household.handlers.households import on_pip_signed
from shared.events.codes import LearningRoute
from shared.identity import Role
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen", Role.BUDGET_MANAGER, DONGEMOND, municipalities=(DONGEMOND, "gm0637"))


@pytest.fixture
async def household(service: RunningService) -> UUID:
    plan = signed_plan(route=LearningRoute.Z_ROUTE)
    async with service.database.transaction(DONGEMOND) as tx:
        await on_pip_signed(Received(plan, uuid4(), DONGEMOND, None), tx)
    assert plan.household_id is not None
    return plan.household_id
