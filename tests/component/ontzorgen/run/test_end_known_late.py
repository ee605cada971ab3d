"""A right that ends or goes on after months were run: each cent is paid, said and asked for where it belongs."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import Desk

from shared.auth.local_issuer import LocalIssuer
from shared.events import HolidayAllowanceHandedOver, HolidayAllowancePaid
from shared.identity import Role
from shared.testing.running_service import RunningService

FEBRUARY = date(2026, 2, 1)
OF_A_MONTH = 7_007  # what 1,401.50 sets aside
WITHOUT_PEOPLE = "UPDATE household_situation SET document = $2 WHERE household_id = $1"


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def change_right(desk: Desk, home: UUID, last_day: str | None, known_on: str) -> None:
    change = {"right_from": "2026-02-01", "right_until": last_day, "known_on": known_on}
    answer = await desk.do(f"/households/{home}/rights", **change)
    assert answer.status_code == 201, answer.text


async def list_tasks(desk: Desk) -> list[tuple[str, str, int]]:
    items: list[dict[str, Any]] = (await desk.service.get("/tasks")).json()["items"]
    return sorted((task["kind"], task["month"], task["amount_cents"]) for task in items)


class TestMonthsOfHolidayAllowance:
    async def test_what_is_of_days_beyond_the_right_names_those_months_and_says_so(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        for month in ("2026-02", "2026-03"):
            await desk.release(month)
        await change_right(desk, home, "2026-02-28", "2026-03-20")
        await desk.release("2026-04")
        (paid,) = await desk.list_events(HolidayAllowancePaid)
        assert (paid.amount_cents, paid.first_month, paid.last_month) == (OF_A_MONTH, "2026-02", "2026-02")
        (handed_over,) = await desk.list_events(HolidayAllowanceHandedOver)
        named = (handed_over.first_month, handed_over.last_month, handed_over.beyond_right)
        assert (handed_over.amount_cents, *named) == (OF_A_MONTH, "2026-03", "2026-03", True)

    async def test_june_does_not_name_months_that_were_paid_already(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await change_right(desk, home, "2026-03-31", "2026-02-20")
        await desk.release("2026-03")
        await change_right(desk, home, None, "2026-03-25")
        for month in ("2026-04", "2026-05", "2026-06"):
            await desk.release(month)
        named = [
            (paid.amount_cents, paid.first_month, paid.last_month)
            for paid in await desk.list_events(HolidayAllowancePaid)
        ]
        assert named == [(2 * OF_A_MONTH, "2026-02", "2026-03"), (2 * OF_A_MONTH, "2026-04", "2026-05")]


class TestMonthsThatPaidTooLittle:
    async def test_a_right_that_goes_on_after_all_is_a_task_for_what_its_month_did_not_pay(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await change_right(desk, home, "2026-03-15", "2026-02-20")
        await desk.release("2026-03")
        await change_right(desk, home, None, "2026-03-14")
        whole, half = 133_143, 64_424  # 95 % of 1,401.50 and of 15/31 of it
        assert await list_tasks(desk) == [("paid_too_little", "2026-03", whole - half)]

    async def test_a_month_that_only_paid_what_stood_aside_counts_once_the_right_goes_on_in_it(
        self, desk: Desk
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await change_right(desk, home, "2026-02-28", "2026-02-27")
        await desk.release("2026-03")
        await change_right(desk, home, None, "2026-03-01")
        assert await list_tasks(desk) == [("paid_too_little", "2026-03", 133_143)]

    async def test_income_that_became_known_after_relief_changes_no_month_that_was_not_paid_here(
        self, desk: Desk
    ) -> None:
        home = await desk.household(on=FEBRUARY)
        for month in ("2026-02", "2026-03"):
            await desk.release(month)
        decision = {"outcome": "end", "reason": "moved_away", "last_day": "2026-03-31", "decided_on": "2026-03-10"}
        assert (await desk.do(f"/households/{home}/decisions", **decision)).status_code == 201
        await desk.release("2026-04")
        income = {"kind": "other", "amount_cents": 10_000, "from_day": "2026-03-01", "known_on": "2026-04-20"}
        answer = await desk.do(f"/households/{home}/income", **income)
        assert answer.status_code == 201, answer.text
        assert await list_tasks(desk) == [("paid_too_much", "2026-03", 9_500)]


async def test_a_closing_month_that_cannot_be_computed_holds_up_no_other(desk: Desk) -> None:
    good, bad = await desk.household(on=FEBRUARY), await desk.household(on=FEBRUARY)
    for month in ("2026-02", "2026-03"):
        await desk.release(month)
    await change_right(desk, bad, "2026-02-28", "2026-03-20")
    async with desk.service.database.transaction("gm0637") as tx:
        driver = await tx.driver()
        saved = await driver.fetchval("SELECT document FROM household_situation WHERE household_id = $1", bad)
        document = json.loads(saved)
        document["situation"]["compositions"][0]["adults"] = []
        await driver.execute(WITHOUT_PEOPLE, bad, json.dumps(document).encode())
    run_id = await desk.propose(month="2026-04")
    months = (await desk.service.get(f"/runs/{run_id}/months")).json()["items"]
    assert [month["household_id"] for month in months] == [str(good)]
    assert [kind for kind, _, _ in await list_tasks(desk)] == ["month_refused", "paid_without_right"]
