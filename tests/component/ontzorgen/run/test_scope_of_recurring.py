"""What the database leaves out as it proposes and books recurring months: other households, parts, months and terms."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest
from month_desk import ON, Desk

from services.ontzorgen.run.repository import recurring_booking, recurring_months, runs
from services.ontzorgen.run.rules.recurring_months import RecurringMonths, RecurringNorm
from services.ontzorgen.run.rules.run import Part, propose_run
from services.ontzorgen.statement.rules.due import Due
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind, RunStep
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE, SEPTEMBER = "gm0637", "2026-09"
CHARGES = (Due(1, SEPTEMBER, "woonstad", f"woonstad/rent/{UUID(int=7)}", ChargeKind.RENT, 90),)
SAVED = RecurringMonths(
    CHARGES, (), "single/0", in_halves=False, terms="t", first_month=SEPTEMBER, last_month=SEPTEMBER
)
WHOLE_INCOME_CENTS = 134_849  # nothing is left for the person
LIKE = """
INSERT INTO steady_bill (municipality, household_id, id, accounts, cents, charges, more, told)
SELECT municipality, {household}, {id}, accounts, cents, charges, more, told FROM steady_bill
"""
BOOKED = """
SELECT household_id, line_count, (SELECT count(*) FROM ledger_line l WHERE l.entry_id = e.id) FROM ledger_entry e
WHERE run_id = $1
"""
NORMS = {"single/0": RecurringNorm(100, 95), "couple/0": RecurringNorm(200, 190)}


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def propose(
    tx: Transaction,
    saved: RecurringMonths,
    homes: list[UUID],
    norms: dict[str, RecurringNorm],
    until: UUID | None = None,
) -> tuple[int, list[UUID]]:
    """Propose with recurring months saved for the first of these households; nothing of it stays."""
    savepoint = await tx.session.begin_nested()
    await (await tx.driver()).execute("DELETE FROM steady_household")
    await recurring_months.save(tx, [(homes[0], saved)])
    run = propose_run(HERE, SEPTEMBER, (), "anna", ON, 1)
    assert await runs.add_run(tx, run)
    await tx.flush_all()
    part = Part(run.id, RunStep.PROPOSE, 0, None, until)
    proposed = await recurring_months.propose(tx, run, part, 5, norms, ["t"], only_ended=False)
    await savepoint.rollback()
    return proposed


async def test_a_household_gets_its_own_recurring_month_if_month_terms_and_norm_are_as_saved(desk: Desk) -> None:
    homes = sorted([await desk.household(), await desk.household()])
    first, second = homes
    async with desk.service.database.transaction(HERE) as tx:
        assert await propose(tx, SAVED, homes, NORMS) == (1, [second])
        assert await propose(tx, SAVED, homes, NORMS, until=second) == (1, []), "the part ends before the second"
        for other in (
            replace(SAVED, first_month="2026-10", last_month="2026-10"),
            replace(SAVED, first_month="2026-08", last_month="2026-08"),
            replace(SAVED, terms="other terms"),
            replace(SAVED, norm_key="single/1"),
        ):
            assert await propose(tx, other, homes, NORMS) == (0, homes), other
        for norm in (RecurringNorm(100, 89), RecurringNorm(95, 95)):
            assert await propose(tx, SAVED, homes, {"single/0": norm}) == (0, homes), norm
        assert await propose(tx, SAVED, homes, {"single/0": RecurringNorm(91, 90)}) == (1, [second])
        assert first in homes


async def test_a_part_books_the_recurring_months_of_its_own_households_and_run(desk: Desk) -> None:
    of_another_run = await desk.household()
    await desk.release(SEPTEMBER)
    homes = [await desk.household(rent_cents) for rent_cents in (60_000, 70_000, WHOLE_INCOME_CENTS, 60_000)]
    run_id = UUID(await desk.propose())
    ended, also_ended, steady, of_another_part = homes
    assert homes == sorted(homes)
    async with desk.service.database.transaction(HERE) as tx:
        driver, run = await tx.driver(), await runs.find_run(tx, run_id)
        assert run is not None
        await driver.execute("UPDATE household SET right_until = '2026-09-10' WHERE id <> $1", steady)
        await driver.execute("UPDATE household SET right_until = '2026-09-30' WHERE id = $1", steady)
        await driver.execute(LIKE.format(household="household_id", id="gen_random_uuid()"))
        for one, other in ((ended, also_ended), (steady, ended)):
            await driver.execute(f"{LIKE.format(household='$2::uuid', id='id')} WHERE household_id = $1", one, other)
        part = Part(run_id, RunStep.RELEASE, 0, None, of_another_part)
        booked = await recurring_booking.book_recurring_months(tx, run, part, ON)
        assert (booked.households, booked.others, booked.deducted_cents) == (1, 2, WHOLE_INCOME_CENTS)
        others = await recurring_booking.list_other_months(tx, run, part)
        assert [row["household_id"] for row in others] == [ended, also_ended]
        moved = await driver.fetch("SELECT id FROM household WHERE months_run = 1 ORDER BY id")
        assert [row["id"] for row in moved] == [of_another_run, ended, also_ended, steady]
        assert [tuple(row) for row in await driver.fetch(BOOKED, run_id)] == [(steady, 3, 3)]
        none = replace(run, id=new_id())
        of_none = await recurring_booking.book_recurring_months(tx, none, replace(part, run_id=none.id), ON)
        assert (of_none.households, of_none.others) == (0, 0)
        await tx.session.rollback()
