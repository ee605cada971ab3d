"""What stands aside for a household is what the ledger holds for it: after an upgrade too, and the proof looks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from month_desk import Desk

from services.ontzorgen.ledger.handlers import prove_ledger
from shared.auth.local_issuer import LocalIssuer
from shared.database.migrations import ServiceDatabase, alembic_config, upgrade
from shared.identity import Role
from shared.testing.running_service import RunningService

RESERVES = "SELECT id, holiday_reserve_cents FROM household ORDER BY id"


@pytest.fixture
def database(service_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return service_database("ontzorgen")


@pytest.fixture
async def desk(
    client_for: Callable[..., Awaitable[RunningService]], issuer: LocalIssuer, database: ServiceDatabase
) -> Desk:
    return Desk(await client_for("ontzorgen", Role.BUDGET_MANAGER, database_url=database.url), issuer)


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


async def test_an_upgrade_adds_up_what_was_set_aside_before_it(
    desk: Desk, owner: asyncpg.Connection, database: ServiceDatabase
) -> None:
    await desk.household(on=date(2026, 9, 1))
    await desk.household(on=date(2026, 9, 11))
    await desk.release("2026-09", 11)
    before = await owner.fetch(RESERVES)
    assert len({row["holiday_reserve_cents"] for row in before}) == 2
    config = alembic_config("ontzorgen", database.owner_url)
    await asyncio.to_thread(command.downgrade, config, "0009")
    await asyncio.to_thread(upgrade, "ontzorgen", database.owner_url)
    assert await owner.fetch(RESERVES) == before
    assert await prove(desk) == ()
