"""What the ledger's totals leave out: runs that were not released, and as in relief those whose relief is over."""

from collections.abc import Awaitable, Callable

import pytest
from month_desk import Desk

from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.testing.running_service import RunningService


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def test_totals_are_of_released_months_and_tell_who_is_still_in_relief(desk: Desk) -> None:
    ended, _ = await desk.household(), await desk.household()
    await desk.release("2026-09")
    proposed = await desk.do("/runs", "anna", month="2026-10", proposed_on="2026-10-01")
    assert proposed.json()["deducted_cents"] == 120_000
    async with desk.service.database.transaction("gm0637") as tx:
        await (await tx.driver()).execute("UPDATE household SET ended_on = '2026-09-30' WHERE id = $1", ended)
    totals = (await desk.service.get("/ledger-totals")).json()
    assert (totals["households"], totals["households_in_relief"]) == (2, 1)
    assert [month["month"] for month in totals["months"]] == ["2026-09"]
    assert (totals["deducted_cents"], totals["months_run"]) == (120_000, 2)
