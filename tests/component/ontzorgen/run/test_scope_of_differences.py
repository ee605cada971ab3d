"""What a run is compared with, month for month and for each household, and which months can no longer be withdrawn."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest
from month_desk import Desk

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.run.repository import differences, runs
from services.ontzorgen.run.repository.sealed_months import is_sealed
from shared.auth.local_issuer import LocalIssuer
from shared.events.codes import ChargeKind
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE, OCTOBER = "gm0637", date(2026, 10, 1)


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def add_water(desk: Desk, household: UUID) -> None:
    charge = Charge(new_id(), ChargeKind.WATER, "vitens", "NL91ABNA0417164300", "water", 2_000, OCTOBER, None)
    async with desk.service.database.transaction(HERE) as tx:
        await households.add_charge(household, charge, tx)
        await households.add_mandate(household, Mandate(new_id(), ChargeKind.WATER, "vitens", OCTOBER), tx)


async def test_a_run_is_compared_with_the_month_before_of_its_own_households(desk: Desk) -> None:
    changed, same, gone = [await desk.household() for _ in range(3)]
    early = await desk.household(on=date(2026, 8, 1))
    for month in ("2026-08", "2026-09"):
        await desk.release(month)
    await add_water(desk, changed)
    new = await desk.household(70_000, on=OCTOBER)
    for home in (gone, early):
        later = f"UPDATE household SET next_month = '2027-01' WHERE id = '{home}'"  # noqa: S608 - an id of the test
        await desk.rows(f"{later} RETURNING id")
    first = await desk.release("2026-10")
    late = await desk.household(80_000, on=OCTOBER)
    second = await desk.release("2026-10")
    async with desk.service.database.transaction(HERE) as tx:
        found = [await runs.find_run(tx, UUID(run_id)) for run_id in (first, second)]
        compared = [await differences.compare_with_month_before(tx, run) for run in found if run]
        assert [(one.new, one.gone, one.changed, one.deducted_cents) for one in compared] == [
            (1, 2, 1, 72_000),
            (1, 2, 0, 80_000),
        ]
        run, second_run = found
        assert run is not None
        assert second_run is not None
        listed, after = await differences.list_months_in_run(tx, run, None, 2, only_changed=False)
        rest, end = await differences.list_months_in_run(tx, run, after, 2, only_changed=False)
        amounts = {month.household_id: (month.deducted_cents, month.deducted_before_cents) for month in listed + rest}
        assert amounts == {changed: (62_000, 60_000), same: (60_000, 60_000), new: (70_000, None)}
        assert (len(listed), len(rest), end) == (2, 1, None)
        only, _ = await differences.list_months_in_run(tx, run, None, 5, only_changed=True)
        assert {month.household_id for month in only} == {changed, new}
        of_second, _ = await differences.list_months_in_run(tx, second_run, None, 5, only_changed=False)
        assert [month.household_id for month in of_second] == [late]


async def test_only_a_month_whose_own_run_was_sealed_can_no_longer_be_withdrawn(desk: Desk) -> None:
    home = await desk.household()
    await desk.release("2026-09")
    other = await desk.household(on=OCTOBER)
    assert (await desk.do("/runs", "anna", month="2026-10", proposed_on="2026-10-01")).is_success
    async with desk.service.database.transaction(HERE) as tx:
        asked = [(one, month) for one in (home, other) for month in ("2026-09", "2026-10")]
        sealed = [pair for pair in asked if await is_sealed(tx, *pair)]
    assert sealed == [(home, "2026-09")]
