"""What the queries of months leave out: other months, runs and households, and the stored charges of others."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import ON, Desk

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.repository.households import find_household
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.run.repository import months, released_runs, runs
from services.ontzorgen.run.rules.run import Part, Run
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, RunStep
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE = "gm0637"
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def add_water(desk: Desk, household: UUID) -> None:
    """Another charge from November on, so that the stored charges of its recurring months are others from then on."""
    charge = Charge(new_id(), ChargeKind.WATER, "vitens", "NL91ABNA0417164300", "water", 2_000, NOVEMBER, None)
    async with desk.service.database.transaction(HERE) as tx:
        await households.add_charge(household, charge, tx)
        await households.add_mandate(household, Mandate(new_id(), ChargeKind.WATER, "vitens", NOVEMBER), tx)


async def end_rent(desk: Desk, household: UUID) -> None:
    """No charge is left from October on, and stored charges of two such households are the same."""
    (charge,) = (await desk.service.get(f"/households/{household}")).json()["charges"]
    change = {"from_day": "2026-10-01", "amount_cents": 0, "known_on": "2026-09-01"}
    answer = await desk.do(f"/households/{household}/charges/{charge['id']}/changes", **change)
    assert answer.is_success, answer.text


async def find_run(tx: Transaction, run_id: str) -> Run:
    run = await runs.find_run(tx, UUID(run_id))
    assert run is not None
    return run


def list_charged(listed: list[Any]) -> list[tuple[UUID, str, int]]:
    return [(month.household_id, month.statement.month, month.statement.charges_total_cents) for month in listed]


async def test_months_are_those_of_the_households_asked_for_before_the_month_asked_for(desk: Desk) -> None:
    first, second = await desk.household(), await desk.household(70_000)
    for month in ("2026-09", "2026-10"):
        await desk.release(month)
    await add_water(desk, first)
    await desk.release("2026-11")
    async with desk.service.database.transaction(HERE) as tx:
        found = [household for one in (first, second) if (household := await find_household(tx, one)) is not None]
        rents = [(first, "2026-09", 60_000), (first, "2026-10", 60_000), (first, "2026-11", 62_000)]
        assert list_charged(await months.list_months_before(tx, "2026-12", found[:1])) == rents
        assert list_charged(await months.list_months_before(tx, "2026-11", found[:1])) == rents[:2]
        assert list_charged(await months.list_months_before(tx, "2026-10", found)) == sorted(
            [(first, "2026-09", 60_000), (second, "2026-09", 70_000)]
        )
        october = await months.find_month(tx, second, "2026-10")
        assert october is not None
        assert list_charged([october]) == [(second, "2026-10", 70_000)]


async def test_each_month_is_read_once_though_other_households_have_the_same_stored_charges(desk: Desk) -> None:
    homes = sorted([await desk.household(), await desk.household()])
    for home in homes:
        await end_rent(desk, home)
    run_ids = [await desk.release(month) for month in ("2026-09", "2026-10", "2026-11")]
    stored = await desk.rows("SELECT month, count(*), count(DISTINCT bill_id) FROM statement GROUP BY 1 ORDER BY 1")
    assert stored[-1] == ("2026-11", 2, 1)
    async with desk.service.database.transaction(HERE) as tx:
        listed = [await months.list_months(tx, home) for home in homes]
        assert [[month.month.household_id for month in of_home] for of_home in listed] == [[home] * 3 for home in homes]
        found = [household for one in homes if (household := await find_household(tx, one)) is not None]
        assert [month.household_id for month in await months.list_months_before(tx, "2026-12", found)] == sorted(
            homes * 3
        )
        run = await released_runs.find_released_run(tx, UUID(run_ids[-1]))
        assert run is not None
        paid = await released_runs.list_released_months(tx, run, after=None, households_max=5)
        assert [month.household_id for month in paid] == homes


async def test_months_are_looked_for_in_the_relief_of_their_own_household(desk: Desk) -> None:
    early, late = await desk.household(on=date(2026, 1, 1)), await desk.household()
    for month in ("2026-01", "2026-09"):
        await desk.release(month)
    async with desk.service.database.transaction(HERE) as tx:
        listed = [await months.list_months(tx, home) for home in (early, late)]
    assert [[month.month.statement.month for month in of_home] for of_home in listed] == [["2026-01"], ["2026-09"]]


async def test_what_was_set_aside_is_that_of_the_earlier_months_of_the_households_that_take_it(desk: Desk) -> None:
    home, _ = await desk.household(), await desk.household()
    run_ids = [await desk.release(month) for month in ("2026-09", "2026-10", "2026-11")]
    released = [
        {"household_id": home, "first_day": ON, "holiday_paid_cents": 1, "holiday_handed_over_cents": None},
    ]
    async with desk.service.database.transaction(HERE) as tx:
        run = await find_run(tx, run_ids[1])
        reserves: Any = await months.list_reserves(tx, run, released)  # type: ignore[arg-type] - read as records are
    assert {taker: [tuple(month) for month in of_taker] for taker, of_taker in reserves.items()} == {
        home: [("2026-09", 7_097, 0)]
    }


async def test_a_seal_is_over_the_months_of_its_run_whatever_parts_they_were_computed_in(desk: Desk) -> None:
    await desk.household()
    one = await desk.release("2026-09")
    for _ in range(3):
        await desk.household(70_000)
    two = await desk.release("2026-09")
    async with desk.service.database.transaction(HERE) as tx:
        both = [await find_run(tx, run_id) for run_id in (one, two)]
        whole = [Part(run.id, RunStep.PROPOSE, 0, None, None) for run in both]
        hashes = [await months.hash_content(tx, run, [part]) for run, part in zip(both, whole, strict=True)]
        assert hashes == [run.content_sha256 for run in both]
        assert hashes[0] != hashes[1], "the months of the one are not those of the other"
        ((middle,),) = await (await tx.driver()).fetch(
            "SELECT household_id FROM statement WHERE run_id = $1 ORDER BY 1 OFFSET 1 LIMIT 1", both[1].id
        )
        halves = [replace(whole[1], until_id=middle), replace(whole[1], number=1, from_id=middle)]
        assert await months.hash_content(tx, both[1], halves) == hashes[1]
        for run in both:
            await months.delete_months(tx, replace(run, id=new_id()))
        assert await desk.rows("SELECT count(*) FROM statement") == [(4,)]


async def test_only_what_is_lent_and_paid_through_the_month_counts_as_a_loan_of_it(desk: Desk) -> None:
    home, other = await desk.household(), await desk.household()
    lent = {"kind": "advance", "form": "loan", "month": "2026-09", "repay_from": "2026-11", "repay_cents": 1_000}
    path = f"/households/{home}/grants"
    answer = await desk.do(path, **lent, amount_cents=1)
    assert answer.is_success, answer.text
    for at, body in (
        (path, lent | {"amount_cents": 40_000, "replaces": answer.json()["id"]}),
        (path, lent | {"amount_cents": 2_000}),
        (path, lent | {"amount_cents": 300, "month": "2026-10"}),
        (path, lent | {"amount_cents": 50, "is_routed": False}),
        (path, {"kind": "other", "form": "gift", "month": "2026-09", "amount_cents": 6}),
        (f"/households/{other}/grants", lent | {"amount_cents": 9}),
    ):
        answer = await desk.do(at, **body)
        assert answer.is_success, answer.text
    async with desk.service.database.transaction(HERE) as tx:
        assert await months.sum_loans(tx, "2026-09", [home]) == {home: 42_000}
