"""What the queries of runs leave out: other runs of the month, other months and steps, households that are not due."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from month_desk import ON, Desk

from services.ontzorgen.household.handlers import households
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.run.repository import months, recurring_months, released_runs, runs
from services.ontzorgen.run.rules.run import Part, Run, propose_run
from services.ontzorgen.tasks import repository as tasks
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, RunStep
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

OCTOBER = date(2026, 10, 1)


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def list_paid(tx: Transaction, run_id: str, size: int) -> list[tuple[UUID, int]]:
    """Whom a released run pays and how much, read so many households at a time."""
    run = await released_runs.find_released_run(tx, UUID(run_id))
    assert run is not None
    paid: list[tuple[UUID, int]] = []
    after = None
    while page := await released_runs.list_released_months(tx, run, after=after, households_max=size):
        assert page[0].household_id not in dict(paid), "the next page begins after the last"
        paid += [(month.household_id, month.total_cents) for month in page]
        after = page[-1].household_id
    return paid


async def add_water(desk: Desk, household: UUID) -> None:
    """Another charge from November on, so that the stored charges of its recurring months are others from then on."""
    on = date(2026, 11, 1)
    charge = Charge(new_id(), ChargeKind.WATER, "vitens", "NL91ABNA0417164300", "water", 2_000, on, None)
    async with desk.service.database.transaction("gm0637") as tx:
        await households.add_charge(household, charge, tx)
        await households.add_mandate(household, Mandate(new_id(), ChargeKind.WATER, "vitens", on), tx)


async def test_each_run_pays_its_own_months_once_however_many_are_read_at_a_time(desk: Desk) -> None:
    first = await desk.household()
    one = await desk.release("2026-09")
    second = await desk.household(70_000)
    two = await desk.release("2026-09")
    both = await desk.release("2026-10")
    await add_water(desk, first)
    await desk.release("2026-11")
    view = {run_id: (await desk.run(run_id))["run"] for run_id in (one, two, both)}
    async with desk.service.database.transaction("gm0637") as tx:
        for size in (1, 5):
            paid = {run_id: await list_paid(tx, run_id, size) for run_id in view}
            assert [household for household, _ in paid[one]] == [first]
            assert [household for household, _ in paid[two]] == [second]
            assert [household for household, _ in paid[both]] == sorted([first, second])
            for run_id, run in view.items():
                paid_cents = run["deducted_cents"] + run["remainder_cents"]
                assert sum(cents for _, cents in paid[run_id]) == paid_cents
        found = [await released_runs.find_released_run(tx, UUID(run_id)) for run_id in (one, both)]
        assert [(run.month, run.is_released, run.released_on) for run in found if run] == [
            ("2026-09", True, ON),
            ("2026-10", True, OCTOBER),
        ]
        assert await released_runs.find_released_run(tx, new_id()) is None
        assert not await runs.is_run_open(tx, "2026-10"), "it was released"


async def test_the_months_of_a_household_and_of_a_run_are_no_others(desk: Desk) -> None:
    first = await desk.household()
    await desk.release("2026-09")
    second = await desk.household(70_000)
    two = await desk.release("2026-09")
    both = await desk.release("2026-10")
    await add_water(desk, first)
    await desk.release("2026-11")
    async with desk.service.database.transaction("gm0637") as tx:
        for household, rents in ((first, (60_000, 60_000, 62_000)), (second, (70_000, 70_000, 70_000))):
            listed = await months.list_months(tx, household)
            assert [month.month.statement.month for month in listed] == ["2026-09", "2026-10", "2026-11"]
            assert [month.month.statement.charges_total_cents for month in listed] == list(rents)
            assert str(listed[1].run_id) == both
            assert [month.run_on for month in listed] == [ON, OCTOBER, date(2026, 11, 1)]
        late = await months.find_month(tx, second, "2026-09")
        assert late is not None
        assert (late.household_id, late.statement.month) == (second, "2026-09")
        assert await months.list_months(tx, new_id()) == []
        run = await runs.find_run(tx, UUID(two))
        assert run is not None
        totals = await months.sum_months(tx, run)
        assert (totals.households, totals.deducted_cents) == (1, 70_000)


def build_runs() -> tuple[Run, Run, list[Part]]:
    """Two runs, each with two parts of two steps."""
    september, october = (
        replace(propose_run("gm0637", month, (), "anna", ON, 2), parts=2) for month in ("2026-09", "2026-10")
    )
    middle = UUID(int=1 << 127)
    parts = [
        Part(run.id, step, number, *bounds)
        for run in (september, october)
        for step in (RunStep.PROPOSE, RunStep.RELEASE)
        for number, bounds in enumerate(((None, middle), (middle, None)))
    ]
    return september, october, parts


async def test_a_part_that_is_done_is_that_of_its_run_and_step_and_the_last_of_these_alone(desk: Desk) -> None:
    september, october, parts = build_runs()
    async with desk.service.database.transaction("gm0637") as tx:
        for run in (september, october):
            assert await runs.add_run(tx, run)
        await tx.flush_all()
        for first in range(0, len(parts), 2):
            await runs.add_parts(tx, parts[first : first + 2])
        assert not await runs.finish_part(tx, parts[0], 3, {})
        done = [part for step in RunStep for part in await runs.list_parts(tx, september.id, step) if part.is_done]
        assert [(part.step, part.number, part.households) for part in done] == [(RunStep.PROPOSE, 0, 3)]
        assert await runs.count_parts_done(tx, october.id) == {"propose": 0, "release": 0}
        assert await runs.finish_part(tx, parts[1], 4, {}), "the last of its step, whatever is open elsewhere"
        await tx.session.rollback()


async def test_a_step_takes_over_the_parts_of_the_earlier_step_of_its_own_run(desk: Desk) -> None:
    september, october, parts = build_runs()
    async with desk.service.database.transaction("gm0637") as tx:
        for run in (september, october):
            assert await runs.add_run(tx, run)
        await tx.flush_all()
        proposed = [part for part in parts if part.step is RunStep.PROPOSE]
        await runs.add_parts(tx, proposed[:2])
        await runs.add_parts(tx, [replace(proposed[2], until_id=None)])
        copied = await runs.copy_parts(tx, september.id, RunStep.RELEASE, RunStep.PROPOSE)
        assert [(part.from_id, part.until_id) for part in copied] == [
            (part.from_id, part.until_id) for part in proposed[:2]
        ]
        assert await runs.list_parts(tx, october.id, RunStep.RELEASE) == []
        await tx.session.rollback()


async def list_due(tx: Transaction, run: Run, *, only_ended: bool = False) -> list[UUID]:
    """The households that are due, as pieces are cut and as the database proposes them."""
    starts = await runs.list_piece_starts(tx, run, 1, only_ended=only_ended)
    whole = Part(run.id, RunStep.PROPOSE, 0, None, None)
    assert await recurring_months.propose(tx, run, whole, 5, {}, [], only_ended=only_ended) == (0, starts)
    return starts


async def change_household(tx: Transaction, household: UUID, changes: str) -> None:
    query = f"UPDATE household SET {changes} WHERE id = $1"  # noqa: S608 - the changes are a constant of the test
    await (await tx.driver()).execute(query, household)


@pytest.mark.parametrize(
    ("changes", "is_due"),
    [
        ("next_month = '2026-09'", True),
        ("next_month = '2026-10'", False),
        ("next_month = '2026-08'", False),
        ("first_day = '2026-09-02'", False),
        ("ended_on = '2026-09-01'", False),
        ("first_day = '2026-03-01', last_day = '2026-08-31'", False),
        ("last_day = '2026-09-01'", True),
        ("first_day = '2026-03-01', last_day = '2026-08-31', holiday_reserve_cents = 1", True),
        ("first_day = '2026-03-01', last_day = '2026-08-31', ended_on = '2026-08-31', holiday_reserve_cents = 1", True),
        ("ended_on = '2026-09-01', holiday_reserve_cents = 1", False),
    ],
)
async def test_a_household_is_due_for_its_next_month_of_relief_and_after_it_while_something_is_set_aside(
    desk: Desk, changes: str, *, is_due: bool
) -> None:
    household, other = await desk.household(), await desk.household()
    run = propose_run("gm0637", "2026-09", (), "anna", ON, 1)
    async with desk.service.database.transaction("gm0637") as tx:
        await change_household(tx, other, "next_month = '2027-01'")
        await change_household(tx, household, changes)
        assert await list_due(tx, run) == ([household] if is_due else [])
        await tx.session.rollback()


async def test_before_the_run_day_only_those_are_due_whose_relief_is_over(desk: Desk) -> None:
    on = date(2026, 9, 3)
    over, goes_on = await desk.household(), await desk.household()
    run = propose_run("gm0637", "2026-09", (), "calendar", on, 1)
    async with desk.service.database.transaction("gm0637") as tx:
        await change_household(tx, over, "last_day = '2026-09-02'")
        await change_household(tx, goes_on, "last_day = '2026-09-03'")
        assert await list_due(tx, run, only_ended=True) == [over]
        assert sorted(await list_due(tx, run)) == sorted([over, goes_on])
        await change_household(tx, goes_on, "last_day = '2027-03-31', next_month = '2026-08'")
        assert await runs.list_due_months(tx, on, 5) == ["2026-08", "2026-09"]
        await change_household(tx, goes_on, "next_month = '2026-09'")
        await change_household(tx, over, "ended_on = '2026-09-02'")
        assert await runs.list_due_months(tx, on, 5) == []
        assert await runs.list_due_months(tx, on, 3) == ["2026-09"]
        await change_household(tx, goes_on, "first_day = '2026-09-04'")
        assert await runs.list_due_months(tx, on, 3) == []
        await change_household(tx, over, "holiday_reserve_cents = 1, next_month = '2026-10'")
        assert await runs.list_due_months(tx, on, 3) == []
        assert await runs.list_due_months(tx, date(2026, 10, 1), 3) == ["2026-09", "2026-10"]
        await change_household(tx, over, "holiday_reserve_cents = 0, ended_on = NULL")
        assert await runs.list_due_months(tx, date(2026, 10, 1), 3) == ["2026-09"]
        await tx.session.rollback()


@pytest.mark.parametrize(
    ("kind", "month", "is_own", "is_due"),
    [
        (TaskKind.MONTH_REFUSED, "2026-09", True, False),
        (TaskKind.SHORTFALL, "2026-09", True, True),
        (TaskKind.MONTH_REFUSED, "2026-08", True, True),
        (TaskKind.MONTH_REFUSED, "2026-09", False, True),
    ],
)
async def test_a_month_that_was_refused_is_due_again_once_its_task_is_done(
    desk: Desk, kind: TaskKind, month: str, *, is_own: bool, is_due: bool
) -> None:
    household, other = await desk.household(), await desk.household()
    task = Task(new_id(), kind, month, Role.BUDGET_MANAGER, 0)
    run = propose_run("gm0637", "2026-09", (), "anna", ON, 1)
    async with desk.service.database.transaction("gm0637") as tx:
        await change_household(tx, other, "next_month = '2027-01'")
        await tasks.add_tasks(tx, [(household if is_own else other, task)], ON)
        await tx.flush_all()
        assert await list_due(tx, run) == ([household] if is_due else [])
        assert await runs.list_due_months(tx, ON, 1) == (["2026-09"] if is_due else [])
        await tasks.complete_tasks(tx, [task.id], ON)
        await tx.flush_all()
        assert await list_due(tx, run) == [household]
        assert await runs.list_due_months(tx, ON, 1) == ["2026-09"]
        await tx.session.rollback()


async def test_a_household_whose_month_is_in_a_run_is_not_due_and_another_is(desk: Desk) -> None:
    await desk.household()
    await desk.propose()
    run = propose_run("gm0637", "2026-09", (), "anna", ON, 1)
    async with desk.service.database.transaction("gm0637") as tx:
        assert [await runs.is_run_open(tx, month) for month in ("2026-09", "2026-10")] == [True, False]
        assert await runs.list_due_months(tx, ON, 1) == []
        assert await list_due(tx, run) == []
    late = await desk.household()
    async with desk.service.database.transaction("gm0637") as tx:
        assert await runs.list_due_months(tx, ON, 1) == ["2026-09"]
        assert await list_due(tx, run) == [late]


async def test_a_household_is_due_for_its_next_month_whatever_it_and_others_had_before(desk: Desk) -> None:
    home, late = await desk.household(), await desk.household()
    await desk.release("2026-09")
    run = propose_run("gm0637", "2026-10", (), "anna", OCTOBER, 1)
    async with desk.service.database.transaction("gm0637") as tx:
        await change_household(tx, late, "next_month = '2027-01'")
    assert (await desk.do("/runs", "anna", month="2026-10", proposed_on="2026-10-01")).json()["households"] == 1
    async with desk.service.database.transaction("gm0637") as tx:
        assert await list_due(tx, run) == []
        await change_household(tx, late, "next_month = '2026-10'")
        assert await list_due(tx, run) == [late]
        await change_household(tx, home, "next_month = '2026-11'")
        assert await runs.list_due_months(tx, OCTOBER, 1) == ["2026-10"]
        await tx.session.rollback()
