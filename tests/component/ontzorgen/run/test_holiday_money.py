"""Holiday allowance that was set aside is paid or handed over once, and the ledger's account of it ends at zero."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from month_desk import Desk

from services.ontzorgen.app import on_day_started
from services.ontzorgen.ledger.handlers import prove_ledger
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import HolidayAtReliefEnd
from services.ontzorgen.run.handlers import runs
from shared.auth.local_issuer import LocalIssuer
from shared.calendar import add_months, month_of, months_between
from shared.events import DayStarted, FixedChargesDeducted, HolidayAllowanceHandedOver, HolidayAllowancePaid
from shared.identity import Role
from shared.messaging import Received
from shared.testing.running_service import RunningService

HERE = "gm0637"
FEBRUARY = date(2026, 2, 1)
FIRST_HALF = ("2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07")
OF_A_MONTH = 7_007  # 1,401.50 as of January 2026, of which 1,331.43 is paid out
OF_JULY = 7_097  # 1,419.46 as of July 2026, of which 1,348.49 is paid out
RESERVED = "SELECT coalesce(sum(amount_cents), 0)::int FROM ledger_line WHERE account = 20"


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def start_day(desk: Desk, day: date) -> None:
    async with desk.service.database.transaction(HERE) as tx:
        await on_day_started(Received(DayStarted(municipality=HERE, date=day), uuid4(), HERE), tx)


async def read_months(desk: Desk, home: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await desk.service.get(f"/households/{home}/statements")).json()["items"]
    return items


async def read_reserve(desk: Desk, home: UUID) -> int:
    """What is set aside for the one household, which is also what the ledger holds: the proof says so."""
    ((in_ledger,),) = await desk.rows(RESERVED)
    household = (await desk.service.get(f"/households/{home}")).json()["household"]
    connection = await asyncpg.connect(desk.service.database.url)
    try:
        assert (await prove_ledger(connection, HERE)).holds
    finally:
        await connection.close()
    assert household["holiday_reserve_cents"] == in_ledger
    return int(in_ledger)


async def end_right(desk: Desk, home: UUID, last_day: str, known_on: str, right_from: str = "2026-02-01") -> None:
    change = {"right_from": right_from, "right_until": last_day, "known_on": known_on}
    answer = await desk.do(f"/households/{home}/rights", **change)
    assert answer.status_code == 201, answer.text


class TestSixMonths:
    async def test_june_pays_what_was_set_aside_before_it_and_relief_hands_over_the_rest(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        for month in FIRST_HALF[:4]:
            await desk.release(month)
        assert await read_reserve(desk, home) == 4 * OF_A_MONTH
        await desk.release("2026-06")
        assert await read_reserve(desk, home) == OF_A_MONTH, "what June sets aside itself stays"
        await desk.release("2026-07")
        assert await read_reserve(desk, home) == 0
        june, july = (await read_months(desk, home))[4:]
        assert (june["holiday_paid_cents"], june["holiday_handed_over_cents"]) == (28_028, 0)
        assert june["holiday_payments"] == [{"on": "2026-06-05", "payee": "person", "cents": 28_028}]
        assert (july["holiday_paid_cents"], july["holiday_handed_over_cents"]) == (0, OF_A_MONTH + OF_JULY)
        (paid,) = await desk.list_events(HolidayAllowancePaid)
        assert (paid.household_id, paid.month, paid.amount_cents) == (home, "2026-06", 28_028)
        assert (paid.first_month, paid.last_month) == ("2026-02", "2026-05")
        (handed_over,) = await desk.list_events(HolidayAllowanceHandedOver)
        assert (handed_over.month, handed_over.amount_cents) == ("2026-07", OF_A_MONTH + OF_JULY)
        assert (handed_over.first_month, handed_over.last_month) == ("2026-06", "2026-07")
        deducted = [fact.holiday_paid_cents for fact in await desk.list_events(FixedChargesDeducted)]
        assert deducted == [None, None, None, None, 28_028, None]
        totals = (await desk.service.get("/ledger-totals")).json()
        assert (totals["sum_cents"], totals["holiday_reserve_cents"], totals["holiday_paid_cents"]) == (0, 0, 28_028)
        assert totals["cents_by_account"]["benefit_administration"] == OF_A_MONTH + OF_JULY
        refused = await desk.do("/runs", month="2026-08", proposed_on="2026-08-01")
        assert (refused.status_code, "nothing to run" in refused.text) == (409, True)

    async def test_a_municipality_that_pays_at_the_end_of_relief_hands_nothing_over(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chosen = {"holiday_at_relief_end": HolidayAtReliefEnd.PAY}
        monkeypatch.setattr(
            runs, "policy_in_force", lambda code, on: policy_in_force(code, on).model_copy(update=chosen)
        )
        home = await desk.household(on=date(2026, 7, 1))
        for month in ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026-12"):
            run_id = await desk.release(month)
        assert await read_reserve(desk, home) == 0
        run = (await desk.run(run_id))["run"]
        paid = sum(month["holiday_reserve_cents"] for month in await read_months(desk, home))
        assert (run["holiday_paid_cents"], run["holiday_handed_over_cents"]) == (paid, 0)
        assert run["total_cents"] == run["deducted_cents"] + run["remainder_cents"] + paid
        assert run["payments"] == 3, "the rent, the remainder, and the holiday allowance"

    async def test_the_month_in_which_the_right_ends_pays_everything(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await end_right(desk, home, "2026-03-15", "2026-02-20")
        await desk.release("2026-03")
        assert await read_reserve(desk, home) == 0
        february, march = await read_months(desk, home)
        reserved = february["holiday_reserve_cents"] + march["holiday_reserve_cents"]
        assert (march["holiday_paid_cents"], march["holiday_handed_over_cents"]) == (reserved, 0)


class TestLateEnd:
    async def test_a_right_whose_end_became_known_late_is_paid_in_the_next_run_once(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        for month in ("2026-02", "2026-03"):
            await desk.release(month)
        await end_right(desk, home, "2026-03-15", "2026-03-20")
        await start_day(desk, date(2026, 3, 25))
        assert (await desk.service.get(f"/households/{home}")).json()["household"]["ended_on"] == "2026-03-15"
        assert await read_reserve(desk, home) == 2 * OF_A_MONTH
        await start_day(desk, date(2026, 4, 1))
        run = (await desk.service.get("/runs")).json()["items"][0]
        assert (run["month"], run["proposer"], run["households"]) == ("2026-04", "calendar", 1)
        for step in ("approvals", "seals", "releases"):
            assert (await desk.do(f"/runs/{run['id']}/{step}", on="2026-04-01")).status_code == 201
        assert await read_reserve(desk, home) == 0
        april = (await read_months(desk, home))[-1]
        half = 3_391  # 1,401.50 x 15/31 = 678.15, of which 644.24 is paid out
        assert (april["status"], april["norm_cents"], april["remainder_cents"]) == ("no_right", 0, 0)
        assert (april["holiday_paid_cents"], april["holiday_handed_over_cents"]) == (
            OF_A_MONTH + half,
            OF_A_MONTH - half,
        ), "what was set aside beyond the right is not the person's"
        assert len(await desk.list_events(HolidayAllowancePaid)) == 1
        assert [fact.month for fact in await desk.list_events(FixedChargesDeducted)] == ["2026-02", "2026-03"]
        entries = (await desk.service.get(f"/households/{home}/ledger-entries")).json()["items"]
        assert {line["account"]: line["amount_cents"] for line in entries[-1]["lines"]} == {
            "holiday_reserve": -2 * OF_A_MONTH,
            "person": OF_A_MONTH + half,
            "benefit_administration": OF_A_MONTH - half,
        }
        await start_day(desk, date(2026, 5, 1))
        assert len((await desk.service.get("/runs")).json()["items"]) == 3, "nobody waits any more"

    async def test_relief_that_ended_earlier_than_known_hands_over_what_is_left(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        for month in ("2026-02", "2026-03"):
            await desk.release(month)
        decision = {"outcome": "end", "reason": "moved_away", "last_day": "2026-03-10", "decided_on": "2026-03-10"}
        answer = await desk.do(f"/households/{home}/decisions", **decision)
        assert answer.status_code == 201, answer.text
        await desk.release("2026-04")
        april = (await read_months(desk, home))[-1]
        assert (april["status"], april["remainder_cents"], april["payments"]) == ("not_in_relief", 0, [])
        assert (april["holiday_paid_cents"], april["holiday_handed_over_cents"]) == (0, 2 * OF_A_MONTH)
        assert await read_reserve(desk, home) == 0

    async def test_a_withdrawn_run_pays_nothing_and_the_one_after_it_pays_once(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await desk.release("2026-02")
        await end_right(desk, home, "2026-02-28", "2026-03-01")
        first = (await desk.do("/runs", "anna", month="2026-03", proposed_on="2026-03-01")).json()
        assert first["holiday_paid_cents"] == OF_A_MONTH
        assert (await desk.do(f"/runs/{first['id']}/withdrawals", on="2026-03-01")).status_code == 201
        assert await read_reserve(desk, home) == OF_A_MONTH
        await desk.release("2026-03")
        assert await read_reserve(desk, home) == 0
        (paid,) = await desk.list_events(HolidayAllowancePaid)
        assert paid.amount_cents == OF_A_MONTH

    async def test_an_end_that_became_known_after_the_seal_leaves_the_rest_to_the_next_run(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        run = (await desk.do("/runs", "anna", month="2026-02", proposed_on="2026-02-01")).json()
        for step in ("approvals", "seals"):
            await desk.do(f"/runs/{run['id']}/{step}", on="2026-02-01")
        await end_right(desk, home, "2026-02-28", "2026-02-10")
        assert (await desk.do(f"/runs/{run['id']}/releases", on="2026-02-10")).status_code == 201
        assert await read_reserve(desk, home) == OF_A_MONTH
        await desk.release("2026-03")
        assert await read_reserve(desk, home) == 0
        assert (await read_months(desk, home))[-1]["holiday_paid_cents"] == OF_A_MONTH


async def test_whoever_begins_and_ends_whenever_nothing_stands_aside_after_all_have_ended(desk: Desk) -> None:
    """Rights end on any day, known before or after the months were run; each cent set aside leaves once."""
    chance = random.Random(2_026)
    ends: dict[str, list[tuple[UUID, date, date]]] = {}
    for number in range(12):
        first_day = date(2026, chance.choice((1, 2, 3)), chance.choice((1, 1, 17)))
        home = await desk.household(on=first_day)
        if number % 4:
            last_day = first_day + timedelta(days=chance.randint(20, 150))
            known_in = add_months(last_day, chance.choice((-1, 0, 1, 2)))
            ends.setdefault(month_of(max(known_in, first_day)), []).append((home, first_day, last_day))
    for month in months_between("2026-01", "2026-11"):
        for home, first_day, last_day in ends.get(month, ()):
            await end_right(desk, home, last_day.isoformat(), f"{month}-02", first_day.isoformat())
        answer = await desk.do("/runs", "anna", month=month, proposed_on=f"{month}-28")
        if answer.status_code == 409:
            continue  # nobody waits for this month
        for step in ("approvals", "seals", "releases"):
            path = f"/runs/{answer.json()['id']}/{step}"
            assert (await desk.do(path, on=f"{month}-28")).status_code == 201
    assert await desk.rows("SELECT count(*) FROM household WHERE holiday_reserve_cents <> 0") == [(0,)]
    open_of_one = "SELECT household_id FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id WHERE account = 20"
    assert await desk.rows(f"{open_of_one} GROUP BY household_id HAVING sum(amount_cents) <> 0") == []
    ((set_aside, paid, handed_over),) = await desk.rows(
        "SELECT sum(holiday_reserve_cents), sum(holiday_paid_cents), sum(holiday_handed_over_cents) FROM statement"
    )
    assert set_aside == paid + handed_over
    published = [await desk.list_events(kind) for kind in (HolidayAllowancePaid, HolidayAllowanceHandedOver)]
    assert [sum(fact.amount_cents for fact in facts) for facts in published] == [paid, handed_over]
    totals = (await desk.service.get("/ledger-totals")).json()
    assert (totals["sum_cents"], totals["holiday_reserve_cents"]) == (0, 0)
