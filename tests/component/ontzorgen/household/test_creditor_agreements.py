"""What a creditor on the register agreed to is followed: called back, paid in time, let go on its own day."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from independence_desk import ask
from month_desk import Desk

from services.ontzorgen.app import on_day_started
from shared.auth.local_issuer import LocalIssuer
from shared.events import DayStarted
from shared.identity import Role
from shared.messaging import Received
from shared.testing.running_service import RunningService

HERE = "gm0637"
LANDLORD = {"code": "woonstad", "name": "Woonstad", "kind": "landlord", "iban": "NL91ABNA0417164300"}


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


@pytest.fixture
async def household(desk: Desk) -> UUID:
    return await desk.household()


async def start_day(desk: Desk, day: date) -> None:
    async with desk.service.database.transaction(HERE) as tx:
        await on_day_started(Received(DayStarted(municipality=HERE, date=day), uuid4(), HERE, None), tx)


async def list_tasks(desk: Desk, kind: str | None = None) -> list[dict[str, Any]]:
    items = (await desk.service.get("/tasks", params={"open_only": False})).json()["items"]
    return [task for task in items if kind in (None, task["kind"])]


@pytest.mark.row("early-signal-agreements")
async def test_a_creditor_that_calls_first_is_called_back_in_time_or_comes_first(desk: Desk, household: UUID) -> None:
    path = f"/households/{household}/arrears-messages"
    message = {"creditor": "woonstad", "kind": "rent", "months_in_arrears": 1, "signalled_on": "2026-09-10"}
    assert "let the creditor contact it first" in await ask(desk.service, path, 409, **message)
    await ask(desk.service, "/creditors", **LANDLORD, from_day="2026-01-01", calls_first=True)
    assert (await ask(desk.service, path, **message))["call_by"] == "2026-09-15"
    (task,) = await list_tasks(desk, "creditor_contact")
    assert (task["due_on"], task["priority"], task["household_id"]) == ("2026-09-15", 0, str(household))
    await start_day(desk, date(2026, 9, 15))
    assert (await list_tasks(desk, "creditor_contact"))[0]["priority"] == 0
    await start_day(desk, date(2026, 9, 16))
    assert [(task["kind"], task["priority"]) for task in await list_tasks(desk)][:1] == [("creditor_contact", 2)]


@pytest.mark.usefixtures("household")
async def test_a_creditor_that_is_not_paid_before_it_collects_is_a_task_until_it_is(desk: Desk) -> None:
    await ask(desk.service, "/creditors", **LANDLORD, from_day="2026-01-01", debit_day=10)
    await start_day(desk, date(2026, 9, 8))
    assert await list_tasks(desk, "creditor_paid_late") == []
    for day in (9, 10):
        await start_day(desk, date(2026, 9, day))
    (task,) = await list_tasks(desk, "creditor_paid_late")
    assert (task["amount_cents"], task["month"], task["due_on"]) == (60_000, "2026-09", "2026-09-09")
    assert (task["household_id"], task["done_on"], task["priority"]) == (None, None, 2)
    for run in (await desk.service.get("/runs")).json()["items"]:
        for step in ("approvals", "seals", "releases"):
            assert (await desk.do(f"/runs/{run['id']}/{step}", on="2026-09-10")).status_code == 201
    await start_day(desk, date(2026, 9, 11))
    (task,) = await list_tasks(desk, "creditor_paid_late")
    assert task["done_on"] == "2026-09-11"
    await desk.release("2026-10")
    await start_day(desk, date(2026, 10, 9))
    assert len(await list_tasks(desk, "creditor_paid_late")) == 1, "October was paid in time"


@pytest.mark.row("art57-extension")
async def test_at_the_end_the_direct_debit_goes_by_the_creditors_own_day(desk: Desk, household: UUID) -> None:
    await ask(desk.service, "/creditors", **LANDLORD, from_day="2026-01-01", debit_day=3, calls_first=True)
    listed = await desk.service.get(f"/households/{household}/creditors-to-tell", params={"on": "2027-01-12"})
    (row,) = listed.json()["items"]
    assert (row["own_debit_day"], row["suggested_debit_day"], row["first_debit_on"]) == (3, 3, "2027-04-03")
    assert row["calls_first"]
    debit = {"creditor": "woonstad", "kind": "rent", "agreed_on": "2027-01-12"}
    agreed = await ask(desk.service, f"/households/{household}/direct-debits", **debit)
    assert agreed["day_of_month"] == 3
    again = debit | {"id": agreed["id"]}
    assert await ask(desk.service, f"/households/{household}/direct-debits", **again) == agreed
