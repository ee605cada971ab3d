"""Recurring months are known before their run: the run need not read the file."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import Desk

from services.ontzorgen.run.handlers import months as run_months
from shared.auth.local_issuer import LocalIssuer
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From here on a run that reads a file fails."""

    async def read(*_: Any) -> None:
        raise AssertionError("the run read a file")

    return lambda: monkeypatch.setattr(run_months, "load_situations", read)


async def months(desk: Desk, home: UUID) -> list[tuple[int, int, bool]]:
    """Of each month of a household: what was deducted, what was corrected, and whether the database proposed it."""
    query = "SELECT deducted_cents, correction_cents, bill_id IS NOT NULL FROM statement WHERE household_id = '{}'"
    return await desk.rows(query.format(home) + " ORDER BY month")


async def change_charge(desk: Desk, home: UUID, **change: Any) -> None:
    (charge,) = (await desk.service.get(f"/households/{home}")).json()["charges"][-1:]
    path = f"/households/{home}/charges/{charge['charge_id'] or charge['id']}/changes"
    answer = await desk.do(path, id=str(new_id()), **change)
    assert answer.status_code == 201, answer.text


async def test_its_file_is_ready_from_its_last_change_on(desk: Desk, unread: Callable[[], None]) -> None:
    home = await desk.household()
    # In February relief ends, and what is set aside is handed over: that month is computed.
    saved = "SELECT first_month, last_month, charges_cents FROM steady_household"
    assert await desk.rows(saved) == [("2026-09", "2027-01", 60_000)]
    measurement = {"id": str(new_id()), "moment": "start", "measured_on": "2026-09-01", "measured_by": "case_manager"}
    measurement |= {"instrument": "zrm", "outcome": "limited"}
    answer = await desk.do(f"/households/{home}/measurements", **measurement)
    assert answer.status_code in {200, 201}, answer.text
    assert await desk.rows(saved) == [("2026-09", "2027-01", 60_000)], "the policy pays all classes alike"
    unread()
    await desk.release("2026-09")
    assert await months(desk, home) == [(60_000, 0, True)]


async def test_who_begins_within_a_month_is_ready_for_the_next(desk: Desk, unread: Callable[[], None]) -> None:
    home = await desk.household(on=date(2026, 9, 15))
    await desk.release("2026-09", 15)
    unread()
    await desk.release("2026-10")
    assert await months(desk, home) == [(32_000, 0, False), (60_000, 0, True)]


async def test_an_amount_that_is_known_ahead_is_saved_from_its_first_month_on(
    desk: Desk, unread: Callable[[], None]
) -> None:
    home = await desk.household()
    await desk.release("2026-09")
    await change_charge(desk, home, known_on="2026-09-10", from_day="2026-10-01", amount_cents=65_000)
    await desk.release("2026-10")
    unread()
    await desk.release("2026-11")
    assert await months(desk, home) == [(60_000, 0, True), (65_000, 0, True), (65_000, 0, True)]


async def test_an_amount_that_is_known_late_is_corrected_once_and_saved_from_then_on(
    desk: Desk, unread: Callable[[], None]
) -> None:
    home, other = await desk.household(), await desk.household()
    await desk.release("2026-09")
    for household, amount_cents in ((home, 65_000), (other, 59_000)):
        await change_charge(desk, household, known_on="2026-09-20", from_day="2026-09-01", amount_cents=amount_cents)
    await desk.release("2026-10")
    await desk.release("2026-11")
    unread()
    await desk.release("2026-12")
    after = [(65_000, 0, True)] * 2
    assert await months(desk, home) == [(60_000, 0, True), (70_000, 5_000, False), *after]
    after = [(59_000, 0, True)] * 2
    assert await months(desk, other) == [(60_000, 0, True), (58_000, -1_000, False), *after]
