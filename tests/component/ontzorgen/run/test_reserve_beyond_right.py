"""Holiday allowance set aside of money that was no right after all is handed over once; nothing stays behind."""

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
WITH_INCOME = 6_507  # what is set aside of 1,401.50 less 100.00
BEYOND = OF_A_MONTH - WITH_INCOME
RESERVED = "SELECT coalesce(sum(amount_cents), 0)::int FROM ledger_line WHERE account = 20"
HELD = "SELECT holiday_reserve_cents FROM household"


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def run_through(desk: Desk, *months: str) -> None:
    for month in months:
        await desk.release(month)


async def enter_income(desk: Desk, home: UUID, first_day: str, last_day: str | None, known_on: str) -> None:
    income = {"kind": "other", "amount_cents": 10_000, "from_day": first_day, "until_day": last_day}
    answer = await desk.do(f"/households/{home}/income", **income, known_on=known_on)
    assert answer.status_code == 201, answer.text


async def list_handed_over(desk: Desk) -> list[tuple[Any, ...]]:
    return [
        (fact.month, fact.amount_cents, fact.first_month, fact.last_month, fact.beyond_right)
        for fact in await desk.list_events(HolidayAllowanceHandedOver)
    ]


async def list_paid(desk: Desk) -> list[tuple[str, int]]:
    return [(fact.month, fact.amount_cents) for fact in await desk.list_events(HolidayAllowancePaid)]


class TestIncomeKnownLate:
    async def test_june_pays_what_is_the_persons_and_hands_over_what_was_set_aside_beyond_it(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await run_through(desk, "2026-02", "2026-03", "2026-04")
        await enter_income(desk, home, "2026-03-01", "2026-04-30", "2026-05-02")
        await run_through(desk, "2026-05", "2026-06")
        assert await list_paid(desk) == [("2026-06", 2 * OF_A_MONTH + 2 * WITH_INCOME)]
        assert await list_handed_over(desk) == [("2026-06", 2 * BEYOND, "2026-03", "2026-04", True)]
        assert await desk.rows(HELD) == [(OF_A_MONTH,)], "June's own part stays"
        lines = (await desk.service.get(f"/households/{home}/statements/2026-06/explanation")).json()
        assert "beyond the right" in str(lines), lines
        (beyond,) = [line for line in lines["income"] if line["code"] == "holiday_beyond_right"]
        assert beyond["parameters"] == {"handed_over_cents": 2 * BEYOND}
        await run_through(desk, "2026-07")
        assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]
        assert len(await list_handed_over(desk)) == 2, "the last month of relief hands over what is the person's"

    async def test_the_last_month_of_relief_tells_apart_what_is_the_persons_and_what_is_not(self, desk: Desk) -> None:
        home = await desk.household(on=date(2026, 7, 1))
        await run_through(desk, "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
        await enter_income(desk, home, "2026-08-01", "2026-08-31", "2026-12-01")
        await run_through(desk, "2026-12")
        rest, beyond = await list_handed_over(desk)
        assert (beyond[2:], rest[2:]) == (("2026-08", "2026-08", True), ("2026-07", "2026-12", None))
        assert (beyond[1], rest[1] + beyond[1]) == (500, 6 * 7_097)
        assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]

    async def test_a_right_that_ended_pays_only_what_the_income_left_of_it(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await run_through(desk, "2026-02", "2026-03")
        change = {"right_from": "2026-02-01", "right_until": "2026-02-28", "known_on": "2026-03-20"}
        assert (await desk.do(f"/households/{home}/rights", **change)).status_code == 201
        await enter_income(desk, home, "2026-02-01", "2026-02-28", "2026-03-21")
        await run_through(desk, "2026-04")
        assert await list_paid(desk) == [("2026-04", WITH_INCOME)]
        assert await list_handed_over(desk) == [("2026-04", BEYOND + OF_A_MONTH, "2026-02", "2026-03", True)]
        assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]

    async def test_relief_that_ended_earlier_than_known_tells_them_apart_after_it(self, desk: Desk) -> None:
        home = await desk.household(on=FEBRUARY)
        await run_through(desk, "2026-02", "2026-03")
        decision = {"outcome": "end", "reason": "moved_away", "last_day": "2026-03-31", "decided_on": "2026-03-10"}
        assert (await desk.do(f"/households/{home}/decisions", **decision)).status_code == 201
        await enter_income(desk, home, "2026-02-01", "2026-02-28", "2026-03-21")
        await run_through(desk, "2026-04")
        amounts = [(amount, beyond) for _, amount, _, _, beyond in await list_handed_over(desk)]
        assert amounts == [(2 * OF_A_MONTH - BEYOND, None), (BEYOND, True)]
        assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]


async def test_a_reduction_and_another_household_count_as_income_does(desk: Desk) -> None:
    home, other = await desk.household(on=FEBRUARY), await desk.household(on=FEBRUARY)
    await run_through(desk, "2026-02", "2026-03", "2026-04")
    reduction = {"percent": 20, "from_day": "2026-03-01", "until_day": "2026-03-31", "known_on": "2026-05-02"}
    assert (await desk.do(f"/households/{home}/reductions", **reduction)).status_code == 201
    people = {"from_day": "2026-04-01", "kind": "single", "adults": [{"age": 30}], "sharers": 1}
    answer = await desk.do(f"/households/{other}/compositions", **people)
    assert answer.status_code == 201, answer.text
    await run_through(desk, "2026-05", "2026-06")
    handed_over = sorted((month, cents, first) for month, cents, first, _, _ in await list_handed_over(desk))
    assert handed_over == [("2026-06", 1_401, "2026-03"), ("2026-06", 2_002, "2026-04")]


async def test_a_withdrawn_run_and_a_repeated_release_hand_it_over_once(desk: Desk) -> None:
    home = await desk.household(on=FEBRUARY)
    await run_through(desk, "2026-02", "2026-03", "2026-04", "2026-05")
    await enter_income(desk, home, "2026-05-01", "2026-05-31", "2026-05-20")
    first = (await desk.do("/runs", "anna", month="2026-06", proposed_on="2026-06-01")).json()
    assert first["holiday_handed_over_cents"] == BEYOND
    assert (await desk.do(f"/runs/{first['id']}/withdrawals", on="2026-06-01")).status_code == 201
    run_id = await desk.release("2026-06")
    await desk.do(f"/runs/{run_id}/releases", on="2026-06-01")
    await desk.release("2026-07")
    beyond = [cents for _, cents, _, _, is_beyond in await list_handed_over(desk) if is_beyond]
    assert beyond == [BEYOND]
    assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]


async def test_what_june_paid_before_it_was_known_is_not_handed_over_as_well(desk: Desk) -> None:
    home = await desk.household(on=FEBRUARY)
    await run_through(desk, "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
    await enter_income(desk, home, "2026-05-01", "2026-06-30", "2026-06-20")
    await run_through(desk, "2026-07")
    beyond = [(cents, first) for _, cents, first, _, is_beyond in await list_handed_over(desk) if is_beyond]
    assert beyond == [(BEYOND, "2026-06")], "only June's own part is still set aside"
    assert await desk.rows(HELD) == await desk.rows(RESERVED) == [(0,)]
