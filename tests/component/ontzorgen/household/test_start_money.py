"""Start money over HTTP on a real PostgreSQL: proposed by the system, decided once by who may, paid in the month."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from month_desk import take_on_proposed

from services.ontzorgen.app import on_day_started
from services.ontzorgen.household.handlers import households as handlers
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from shared.events import DayStarted, StartMoneyDecided
from shared.events.codes import AgeBand
from shared.identity import Role
from shared.messaging import Received
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

CAPELLE, DONGEMOND, EDAM = "gm0502", "gm0779", "gm0385"
SERVED = (CAPELLE, DONGEMOND, EDAM, "gm0637")
ALL_CENTS = 60_000 + 15_900
CHARGES = {"rent": 60_000, "health_insurance": 15_900}


class Desk:
    """One municipality's people at work."""

    def __init__(self, service: RunningService, token: Callable[..., str], municipality: str) -> None:
        self.service, self.municipality = service, municipality
        self.headers = {role: {"Authorization": f"Bearer {token(role, municipality)}"} for role in Role}

    async def open_household(self, on: date = date(2026, 9, 1), **plan: Any) -> UUID:
        signed = signed_plan(on, **plan)
        async with self.service.database.transaction(self.municipality) as tx:
            await handlers.on_pip_signed(Received(signed, uuid4(), self.municipality, None), tx)
        assert signed.household_id is not None
        return signed.household_id

    async def post(self, path: str, status: int = 201, role: Role = Role.BUDGET_MANAGER, **body: Any) -> Any:
        answer = await self.service.post(path, json=body, headers=self.headers[role])
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        answer = await self.service.get(path, headers=self.headers[Role.CASE_MANAGER])
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def add_charges(self, household: UUID, **amounts: int) -> dict[str, str]:
        """Add charges with their mandates, and return the id of each."""
        ids = {}
        for kind, cents in (amounts or CHARGES).items():
            asked = {"kind": kind, "creditor": f"of-{kind.replace('_', '-')}"}
            charge = asked | {"iban": "NL91ABNA0417164300", "reference": "x", "amount_cents": cents}
            ids[kind] = (await self.post(f"/households/{household}/charges", **charge, from_day="2026-09-01"))["id"]
            await self.post(f"/households/{household}/mandates", **asked, granted_on="2026-09-01")
        return ids

    async def list_start_money(self, household: UUID) -> list[dict[str, Any]]:
        return list((await self.get(f"/households/{household}/start-money"))["items"])

    async def list_tasks(self, household: UUID) -> list[tuple[str, str, int]]:
        tasks = (await self.get("/tasks"))["items"]
        own = [task for task in tasks if task["household_id"] == str(household) and task["kind"] == "start_money"]
        return sorted((task["month"], task["for_role"], task["amount_cents"]) for task in own)

    async def decide(
        self, household: UUID, proposal: str, status: int = 201, role: Role = Role.CASE_MANAGER, **body: Any
    ) -> Any:
        made = {"outcome": "approved", "decided_on": "2026-09-02"} | body
        return await self.post(f"/households/{household}/start-money/{proposal}/decisions", status, role, **made)

    async def list_decided(self) -> list[StartMoneyDecided]:
        published = [event.data for event in await self.service.list_published()]
        return [fact for fact in published if isinstance(fact, StartMoneyDecided)]

    async def run_months(self, *days: date) -> None:
        for day in days:
            async with self.service.database.transaction(self.municipality) as tx:
                started = DayStarted(municipality=self.municipality, date=day)
                await on_day_started(Received(started, uuid4(), self.municipality, None), tx)
            await take_on_proposed(self.service, day, self.municipality)


@pytest.fixture
async def open_desk(
    client_for: Callable[..., Awaitable[RunningService]], token: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Desk]:
    monkeypatch.setattr(ReliefPolicy, "count_approvers_required", lambda _policy, _total_cents: 1)
    service = await client_for("ontzorgen", Role.BUDGET_MANAGER, municipalities=SERVED)
    return lambda municipality: Desk(service, token, municipality)


@pytest.mark.row("pilot-ontzorgen-capelle-aan-den-ijssel")
async def test_capelle_gives_the_first_rent_once_a_case_manager_approved_it(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(CAPELLE)
    household = await desk.open_household()
    assert await desk.list_start_money(household) == []
    await desk.add_charges(household)
    (item,) = await desk.list_start_money(household)
    proposal = item["proposal"]
    assert (proposal["kind"], proposal["form"], proposal["amount_cents"]) == ("first_rent", "gift", 60_000)
    assert (proposal["limit_cents"], proposal["decided_by"], item["decision"]) == (60_000, "case_manager", None)
    assert await desk.list_tasks(household) == [("2026-09", "case_manager", 60_000)]
    assert (await desk.get(f"/households/{household}/grants"))["items"] == []
    await desk.decide(household, proposal["id"], 403, Role.BUDGET_MANAGER)
    refused = await desk.decide(household, proposal["id"], 400, amount_cents=60_001)
    assert "At most 60000 cents" in str(refused)
    made = {"id": str(uuid4()), "decided_on": "2026-09-02"}
    answers = [await desk.decide(household, proposal["id"], **made) for _ in range(2)]
    assert answers[0] == answers[1]
    (told,) = await desk.list_decided()
    assert (told.kind, told.month, told.proposed_cents, told.granted_cents) == ("first_rent", "2026-09", 60_000, 60_000)
    assert (told.household_id, told.decided_on, told.repay_from) == (household, date(2026, 9, 2), None)
    assert answers[0]["decision"]["outcome"] == "approved"
    assert "decided on 2026-09-02 already" in str(await desk.decide(household, proposal["id"], 409))
    (grant,) = (await desk.get(f"/households/{household}/grants"))["items"]
    assert (grant["kind"], grant["amount_cents"], grant["month"]) == ("first_rent", 60_000, "2026-09")
    assert await desk.list_tasks(household) == []
    await desk.run_months(date(2026, 9, 1), date(2026, 10, 1))
    september, october = (await desk.get(f"/households/{household}/statements"))["items"]
    assert september["remainder_cents"] - october["remainder_cents"] == 60_000
    history = (await desk.get(f"/households/{household}/history"))["items"]
    (decided,) = [entry for entry in history if entry["part"] == "start_money_decision"]
    assert (decided["recorded_role"], decided["content"]["granted_cents"]) == ("case_manager", 60_000)


async def test_a_proposal_follows_the_charges_until_it_is_decided_on(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(CAPELLE)
    household = await desk.open_household()
    charges = await desk.add_charges(household)
    (first,) = await desk.list_start_money(household)
    path = f"/households/{household}/charges/{charges['rent']}/changes"
    change = {"from_day": "2026-09-01", "known_on": "2026-09-01"}
    for cents, tasks in (
        (55_000, [("2026-09", "case_manager", 55_000)]),
        (0, []),
        (52_000, [("2026-09", "case_manager", 52_000)]),
    ):
        await desk.post(path, **change, amount_cents=cents)
        assert await desk.list_tasks(household) == tasks
        (now,) = await desk.list_start_money(household)
        assert (now["proposal"]["id"], now["proposal"]["amount_cents"]) == (first["proposal"]["id"], cents)
        if not cents:
            refused = await desk.decide(household, first["proposal"]["id"], 409)
            assert "Nothing is proposed here any more" in str(refused)
    lowered = {"outcome": "lowered", "amount_cents": 20_000, "reason": "half of it was paid at the key"}
    await desk.decide(household, first["proposal"]["id"], **lowered)
    await desk.post(path, **change, amount_cents=70_000)
    (after,) = await desk.list_start_money(household)
    assert (after["proposal"]["amount_cents"], after["decision"]["amount_cents"]) == (52_000, 20_000)
    (grant,) = (await desk.get(f"/households/{household}/grants"))["items"]
    assert grant["amount_cents"] == 20_000
    async with desk.service.database.transaction(CAPELLE) as tx:
        with pytest.raises(asyncpg.CheckViolationError, match="stays as it was"):
            await (await tx.driver()).execute("UPDATE start_money_proposal SET limit_cents = 99")


@pytest.mark.row("pilot-ontzorgen-geertruidenberg")
async def test_dongemond_lends_the_charges_of_two_months(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(DONGEMOND)
    household = await desk.open_household()
    await desk.add_charges(household)
    loans = await desk.list_start_money(household)
    assert [item["proposal"]["month"] for item in loans] == ["2026-09", "2026-10"]
    for item in loans:
        await desk.decide(household, item["proposal"]["id"], agreed_on="2026-09-02")
    lent = [(told.granted_cents, told.repay_from, told.repay_cents) for told in await desk.list_decided()]
    assert lent == [(ALL_CENTS, "2026-11", -(-ALL_CENTS // 36))] * 2
    register = (await desk.get(f"/households/{household}/loans"))["items"]
    assert [(loan["left_cents"], len(loan["schedule"])) for loan in register] == [(ALL_CENTS, 36)] * 2
    await desk.run_months(date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
    months = (await desk.get(f"/households/{household}/statements"))["items"]
    assert months[0]["remainder_cents"] == months[1]["remainder_cents"] == months[2]["remainder_cents"] + ALL_CENTS


@pytest.mark.row("pilot-ontzorgen-edam-volendam")
async def test_edam_bridges_the_month_ahead_and_tops_up_the_young(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(EDAM)
    household = await desk.open_household(age_band=AgeBand.FROM_18_TO_20)
    await desk.add_charges(household)
    items = await desk.list_start_money(household)
    by_kind = [(item["proposal"]["kind"], item["proposal"]["month"]) for item in items]
    assert by_kind[:2] == [("bridging_allowance", "2026-09"), ("supplementary_assistance", "2026-09")]
    assert items[0]["proposal"]["amount_cents"] == ALL_CENTS
    for item in items[:2]:
        await desk.decide(household, item["proposal"]["id"])
    await desk.run_months(date(2026, 9, 1))
    (september,) = (await desk.get(f"/households/{household}/statements"))["items"]
    assert (september["deducted_cents"], september["shortfall_cents"]) == (2 * ALL_CENTS, 0)
    late = next(item["proposal"] for item in items if item["proposal"]["month"] == "2026-10")
    await desk.run_months(date(2026, 10, 1))
    assert "A run of 2026-10 was made without this money" in str(await desk.decide(household, late["id"], 409))
    await desk.decide(household, late["id"], outcome="declined", reason="the month was run")
    assert len((await desk.get(f"/households/{household}/grants"))["items"]) == 2
    told = (await desk.list_decided())[-1]
    assert (told.kind, told.granted_cents, told.proposed_cents > 0) == ("supplementary_assistance", 0, True)


async def test_other_municipalities_propose_nothing_and_see_nothing(open_desk: Callable[[str], Desk]) -> None:
    capelle, zoetermeer = open_desk(CAPELLE), open_desk("gm0637")
    household = await zoetermeer.open_household()
    await zoetermeer.add_charges(household)
    assert await zoetermeer.list_start_money(household) == []
    theirs = await capelle.open_household()
    await capelle.add_charges(theirs)
    (item,) = await capelle.list_start_money(theirs)
    await zoetermeer.decide(theirs, item["proposal"]["id"], 404)
    await zoetermeer.decide(household, item["proposal"]["id"], 404)
