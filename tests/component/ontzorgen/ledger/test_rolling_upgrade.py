"""While processes of two versions run, what a month sets aside is kept beside its household, whoever releases it."""

from collections.abc import Awaitable, Callable

import pytest
from month_desk import Desk

from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role
from shared.testing.running_service import RunningService

RESERVE = "SELECT holiday_reserve_cents FROM household"
# How a process of the last version moves a household to its next month: it knows of no reserve.
BY_LAST_VERSION = """
UPDATE household h SET next_month = '2026-11', months_run = h.months_run + 1 FROM statement s
WHERE s.household_id = h.id AND s.month = '2026-10'
"""


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def test_a_month_that_a_process_of_the_last_version_releases_stands_aside_too(desk: Desk) -> None:
    await desk.household()
    await desk.release("2026-09")
    ((september_cents,),) = await desk.rows(RESERVE)
    assert (await desk.do("/runs", "anna", month="2026-10", proposed_on="2026-10-01")).status_code == 201
    async with desk.service.database.transaction("gm0637") as tx:
        await (await tx.driver()).execute(BY_LAST_VERSION)
    assert await desk.rows(RESERVE) == [(2 * september_cents,)]
    assert september_cents > 0
