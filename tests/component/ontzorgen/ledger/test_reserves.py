"""What is set aside for a household is what the ledger holds for it: after an upgrade too, and the proof looks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from month_desk import Desk
from old_database import open_at

from services.ontzorgen.ledger.handlers import prove_ledger
from shared.auth.local_issuer import LocalIssuer
from shared.database.migrations import upgrade
from shared.identity import Role
from shared.testing.running_service import RunningService

RESERVES = "SELECT id, holiday_reserve_cents FROM household ORDER BY id"

HOUSEHOLD = """
INSERT INTO household (municipality, id, person_id, household_type, age_band, has_children, first_day, last_day,
    right_from, next_month, months_run)
VALUES ($1, $2, $2, 'single', '21_plus', false, '2026-01-01', '2026-06-30', '2026-01-01', '2026-03', 2)
"""
ENTRY = """
INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, household_id, month)
VALUES ($1, $2::bigint, 1, 2, '2026-01-01', $3, '2026-0' || $2::bigint)
"""
LINE = """
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents) VALUES ($1, $2, 1, $3, $4)
"""


@pytest.fixture
async def desk(client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER), issuer)


@pytest.fixture
async def owner(desk: Desk, postgres: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that no guard holds back."""
    name = desk.service.database.url.rpartition("/")[2]
    connection = await asyncpg.connect(f"{postgres.rpartition('/')[0]}/{name}")
    yield connection
    await connection.close()


async def prove(desk: Desk) -> tuple[UUID, ...]:
    connection = await asyncpg.connect(desk.service.database.url)
    try:
        proof = await prove_ledger(connection, "gm0637")
    finally:
        await connection.close()
    assert proof.holds is not bool(proof.wrong_reserves)
    return proof.wrong_reserves


async def test_a_reserve_that_is_not_what_the_ledger_holds_is_named(desk: Desk, owner: asyncpg.Connection) -> None:
    homes = sorted([await desk.household(), await desk.household(), await desk.household()])
    await desk.release("2026-09")
    assert await prove(desk) == ()
    moved = "UPDATE household SET holiday_reserve_cents = holiday_reserve_cents + $2 WHERE id = $1"
    await owner.execute(moved, homes[0], 5)
    await owner.execute(moved, homes[2], -4)
    assert await prove(desk) == (homes[0], homes[2])


async def test_an_upgrade_adds_up_what_was_set_aside_before_it(postgres: str) -> None:
    homes = [UUID(int=number) for number in (1, 2, 3)]
    async with open_at(postgres, "0009") as database:
        connection = await asyncpg.connect(f"{postgres.rpartition('/')[0]}/{database.url.rpartition('/')[2]}")
        try:
            await connection.execute("SET session_replication_role = replica")
            for town, home in zip(("gm0637", "gm0637", "gm0080"), homes, strict=True):
                await connection.execute(HOUSEHOLD, town, home)
            for number, (town, home, account, cents) in enumerate(
                (("gm0637", 1, 20, 700), ("gm0637", 1, 20, 650), ("gm0637", 1, 50, 9), ("gm0080", 3, 20, 41)), 1
            ):
                await connection.execute(ENTRY, town, number, homes[home - 1])
                await connection.execute(LINE, town, number, account, cents)
            await asyncio.to_thread(upgrade, "ontzorgen", database.owner_url)
            await connection.reload_schema_state()
            assert [tuple(row) for row in await connection.fetch(RESERVES)] == [
                (homes[0], 1_350),
                (homes[1], 0),
                (homes[2], 41),
            ]
            forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'household'"
            assert await connection.fetchval(forced)
        finally:
            await connection.close()
