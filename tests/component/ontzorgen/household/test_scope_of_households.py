"""What the queries of households leave out: other persons, relief that is over, and people who left a household."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from month_desk import Desk

from services.ontzorgen.household.repository.households import end_relief, find_household, has_other_relief
from services.ontzorgen.household.rules.household import Household
from shared.auth.local_issuer import LocalIssuer
from shared.database.transactions import Transaction
from shared.identity import Role, new_id
from shared.testing.running_service import RunningService

HERE = "gm0637"
PERSON = """
INSERT INTO household_person (municipality, id, household_id, person_id, role, from_day, until_day, replaces)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


async def change(tx: Transaction, household: UUID, changes: str) -> None:
    query = f"UPDATE household SET {changes} WHERE id = $1"  # noqa: S608 - the changes are a constant of the test
    await (await tx.driver()).execute(query, household)


async def load(tx: Transaction, household_id: UUID) -> Household:
    household = await find_household(tx, household_id)
    assert household is not None
    return household


async def add_person(tx: Transaction, home: UUID, person: UUID, role: str, first: date, **more: Any) -> UUID:
    row_id = new_id()
    values = (home, person, role, first, more.get("until_day"), more.get("replaces"))
    await (await tx.driver()).execute(PERSON, HERE, row_id, *values)
    return row_id


async def test_a_person_has_other_relief_in_another_household_of_his_own_that_goes_on(desk: Desk) -> None:
    own, other = await desk.household(), await desk.household()
    async with desk.service.database.transaction(HERE) as tx:
        household, its_person = await load(tx, own), (await load(tx, other)).person_id
        assert not await has_other_relief(tx, household)
        await change(tx, other, f"person_id = '{household.person_id}'")
        assert await has_other_relief(tx, household)
        ends = [await has_other_relief(tx, household, date(2026, *day)) for day in ((8, 31), (9, 1))]
        assert ends == [False, True], "who leaves before it begins may have it"
        await change(tx, other, "ended_on = '2026-09-30'")
        assert not await has_other_relief(tx, household)
        await change(tx, other, f"person_id = '{its_person}'")
        await tx.session.rollback()


async def test_a_partner_has_relief_while_in_a_household_whose_relief_goes_on(desk: Desk) -> None:
    own, other = await desk.household(), await desk.household()
    first, later = date(2026, 9, 1), date(2026, 12, 1)
    async with desk.service.database.transaction(HERE) as tx:
        household = await load(tx, own)
        person = household.person_id
        await add_person(tx, other, person, "child", first)
        await add_person(tx, other, new_id(), "partner", first)
        await add_person(tx, own, person, "partner", first)
        assert not await has_other_relief(tx, household), "a child, somebody else, and the household itself"
        row_id = await add_person(tx, other, person, "partner", later)
        ends = [await has_other_relief(tx, household, day) for day in (date(2026, 11, 30), later)]
        assert ends == [False, True]
        await add_person(tx, other, person, "partner", date(2026, 8, 1), until_day=date(2026, 8, 31), replaces=row_id)
        assert not await has_other_relief(tx, household), "it was corrected: the person had left before"
        await add_person(tx, other, person, "partner", first, until_day=first)
        assert await has_other_relief(tx, household)
        assert not await has_other_relief(tx, replace(household, first_day=date(2026, 9, 2)))
        await change(tx, other, "ended_on = '2026-09-30'")
        assert not await has_other_relief(tx, household)
        await tx.session.rollback()


async def test_relief_ends_once_its_last_day_is_past_and_its_last_month_was_run(desk: Desk) -> None:
    to_its_last_day, with_a_month_left, ended, over = homes = [await desk.household() for _ in range(4)]
    async with desk.service.database.transaction(HERE) as tx:
        for home in homes:
            await change(tx, home, "first_day = '2026-03-01', last_day = '2026-08-31', next_month = '2026-09'")
        await change(tx, to_its_last_day, "last_day = '2026-09-01', next_month = '2026-10'")
        await change(tx, with_a_month_left, "next_month = '2026-08'")
        await change(tx, ended, "ended_on = '2026-08-30'")
        assert [household.id for household in await end_relief(tx, date(2026, 9, 1), 10)] == [over]
        days = [(await load(tx, home)).ended_on for home in homes]
        assert days == [None, None, date(2026, 8, 30), date(2026, 8, 31)]
        await tx.session.rollback()
