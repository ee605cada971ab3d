"""The ledger's totals per block of entries: kept while booking, recomputed by the upgrade, and proven across blocks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import asyncpg
import pytest
from old_database import open_at
from sqlalchemy.exc import IntegrityError

from meedoen.cli.ledger import _prove_all
from meedoen.stack.errors import LocalError
from services.ontzorgen.ledger.handlers import book_entries, prove_ledger
from services.ontzorgen.ledger.repository import proof as ledger_proof
from services.ontzorgen.ledger.repository.proof import BLOCK_BITS
from services.ontzorgen.ledger.rules import Booking, EntryKind, LedgerProof, Line
from shared.database.migrations import ServiceDatabase, upgrade
from shared.database.transactions import Database
from shared.identity import new_id

ON = date(2026, 7, 1)
TENANTS = ("gm0637", "gm0080")
BLOCK = 2**BLOCK_BITS
# Numbers begin at 1: the first fills a block without a run, and the next is shared evenly by two runs.
PLAN = ((None, 45_000, BLOCK - 1), (1, 50_000, BLOCK // 2), (2, 60_000, BLOCK // 2), (None, 45_000, 100))
ENTRIES = sum(count for _, _, count in PLAN)
AS_BOOKED = [(True, ENTRIES, 3 * ENTRIES)] * len(TENANTS)
BY_RUN = """
SELECT json_agg(t ORDER BY municipality, run_id, account) FROM (
    SELECT municipality, run_id, account, sum(amount_cents) AS cents, sum(lines) AS lines FROM ledger_total
    GROUP BY municipality, run_id, account
) AS t
"""
BEFORE = pytest.mark.parametrize("service", ["0008"], indirect=True)
# In the columns that a run had before the upgrade.
RUN = """
INSERT INTO run (municipality, id, month, number, state, proposer, proposed_on, parts)
VALUES ($1, $2, $3, $4, 'releasing', 'anna', $5, 1)
"""
BLOCKS = "SELECT array_agg(DISTINCT block ORDER BY block) FROM ledger_total WHERE municipality = $1"
RUNS_SWAPPED = """
UPDATE ledger_total AS total SET run_id = other.id FROM run AS mine, run AS other
WHERE mine.id = total.run_id AND other.municipality = mine.municipality AND other.number = 3 - mine.number
    AND total.municipality = $1
"""


@pytest.fixture
async def service(
    request: pytest.FixtureRequest, service_database: Callable[[str], ServiceDatabase], postgres: str
) -> AsyncIterator[ServiceDatabase]:
    """A database with the tables of today, or of the revision that a test asks for."""
    if revision := getattr(request, "param", ""):
        async with open_at(postgres, revision) as database:
            yield database
    else:
        yield service_database("ontzorgen")


@pytest.fixture
async def beyond_guards(service: ServiceDatabase, postgres: str) -> AsyncIterator[asyncpg.Connection]:
    """What only the owner of the server can: past row-level security, and with triggers asleep."""
    connection = await asyncpg.connect(f"{postgres.rpartition('/')[0]}/{service.url.rpartition('/')[2]}")
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def book(url: str) -> None:
    database = Database(url, service="ontzorgen", pool_size_max=1)
    try:
        for tenant in TENANTS:
            async with database.transaction(tenant) as tx:
                ids = {number: new_id() for number in (1, 2)}
                for number, run_id in ids.items():
                    await (await tx.driver()).execute(RUN, tenant, run_id, f"2026-{number:02}", number, ON)
                for number, rent_cents, count in PLAN:
                    lines = [Line(10, -rent_cents - 1), Line(31, rent_cents), Line(50, 1)]
                    entry = (None, "2026-07", Booking(EntryKind.OTHER, lines))
                    await book_entries([entry] * count, ON, ids[number] if number else None, tx)
    finally:
        await database.close()


async def prove_both(url: str) -> list[LedgerProof]:
    connection = await asyncpg.connect(url)
    try:
        return [await prove_ledger(connection, tenant) for tenant in TENANTS]
    finally:
        await connection.close()


def summarise(proofs: list[LedgerProof]) -> list[tuple[bool, int, int]]:
    return [(proof.holds, proof.entries, proof.lines) for proof in proofs]


async def test_a_block_that_two_runs_share_evenly_is_proven_run_by_run(
    service: ServiceDatabase, beyond_guards: asyncpg.Connection
) -> None:
    await book(service.url)
    assert summarise(await prove_both(service.url)) == AS_BOOKED
    assert await beyond_guards.fetchval(BLOCKS, TENANTS[0]) == [0, 1, 2]
    await beyond_guards.execute(RUNS_SWAPPED, TENANTS[0])
    wrong, other = await prove_both(service.url)
    ids = {row["id"] for row in await beyond_guards.fetch("SELECT id FROM run WHERE municipality = $1", TENANTS[0])}
    # Account 50 holds as many lines and cents of one run as of the other.
    assert wrong.wrong_entries == ()
    assert set(wrong.wrong_totals) == {(run_id, account) for run_id in ids for account in (10, 31)}
    assert other.holds


async def test_what_holds_is_proven_without_adding_up_one_by_one(
    service: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def add_up_one_by_one(*_: object) -> None:
        raise AssertionError("the weights did not agree")

    monkeypatch.setattr(ledger_proof, "_add_up_one_by_one", add_up_one_by_one)
    assert summarise(await prove_both(service.url)) == [(True, 0, 0)] * len(TENANTS)
    await book(service.url)
    assert summarise(await prove_both(service.url)) == AS_BOOKED


@BEFORE
async def test_the_upgrade_recomputes_the_totals_of_what_was_booked_before_it(
    service: ServiceDatabase, beyond_guards: asyncpg.Connection
) -> None:
    await book(service.url)
    with pytest.raises(LocalError, match="are of another version: run meedoen migrate"):
        await _prove_all(service.url, TENANTS)
    before = await beyond_guards.fetchval(BY_RUN)
    await asyncio.to_thread(upgrade, "ontzorgen", service.owner_url)
    assert await beyond_guards.fetchval(BY_RUN) == before
    assert await beyond_guards.fetchval(BLOCKS, TENANTS[0]) == [0, 1, 2]
    assert summarise(await prove_both(service.url)) == AS_BOOKED
    await beyond_guards.execute("SET session_replication_role = origin")
    with pytest.raises(asyncpg.RestrictViolationError, match="never changed"):
        await beyond_guards.execute("DELETE FROM ledger_total")
    forced = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname LIKE 'ledger\\_%' AND relkind = 'r'"
    assert await beyond_guards.fetchval(forced)


@BEFORE
async def test_the_upgrade_refuses_totals_that_are_wrong(
    service: ServiceDatabase, beyond_guards: asyncpg.Connection
) -> None:
    await book(service.url)
    await beyond_guards.execute("UPDATE ledger_total SET amount_cents = amount_cents + 1 WHERE account = 50")
    before = await beyond_guards.fetchval(BY_RUN)
    with pytest.raises(IntegrityError, match="Totals of the ledger are not the sums of their lines"):
        await asyncio.to_thread(upgrade, "ontzorgen", service.owner_url)
    assert await beyond_guards.fetchval(BY_RUN) == before
    assert await beyond_guards.fetchval("SELECT version_num FROM alembic_version") == "0008"
