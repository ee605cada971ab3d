"""The ledger's proof finds what a hand past every guard of the database did to it, and says where."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from meedoen.cli.main import app
from services.ontzorgen.household.handlers.households import on_pip_signed
from services.ontzorgen.ledger.handlers import book_entries, prove_ledger
from services.ontzorgen.ledger.rules import Booking, EntryKind, Line
from services.ontzorgen.run.repository import runs
from services.ontzorgen.run.rules.run import Run, RunState
from shared.database.tenancy import operator_role
from shared.events.codes import LearningRoute
from shared.identity import new_id
from shared.messaging import Received
from shared.testing.databases import address_for
from shared.testing.plans import signed_plan
from shared.testing.running_service import RunningService

CENTS = 45_000
ENTRIES = 5
# Every sum stays as it was, but those of the two entries.
ONE_CENT_FROM_ONE_TO_ANOTHER = """
UPDATE ledger_line SET amount_cents = amount_cents + CASE entry_id WHEN first THEN 1 WHEN third THEN -1 END
WHERE account = 31 AND entry_id IN (first, third)
"""
LINES_OF_NO_ENTRY = """
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
SELECT municipality, entry_id + 100000, line_no, account, amount_cents FROM ledger_line WHERE entry_id = third
"""
CENTS_OF_NO_LINES = """
INSERT INTO ledger_total (municipality, run_id, block, account, amount_cents, lines)
SELECT municipality, run_id, block, 32, 1, 0 FROM ledger_total LIMIT 1
"""


@pytest.fixture
async def service(client_for: Callable[..., Awaitable[RunningService]]) -> RunningService:
    return await client_for("ontzorgen")


@pytest.fixture
async def booked(service: RunningService) -> AsyncIterator[asyncpg.Connection]:
    """Some entries without a run, as the service books them; the connection is the service's own."""
    async with service.database.transaction("gm0637") as tx:
        lines = [Line(10, -CENTS), Line(31, CENTS - 1), Line(50, 1)]
        entries = [(new_id(), "2026-07", Booking(EntryKind.OTHER, lines)) for _ in range(ENTRIES)]
        await book_entries(entries, date(2026, 7, 1), None, tx)
    connection = await asyncpg.connect(service.database.url)
    yield connection
    await connection.close()


async def tamper(admin_url: str, url: str, statement: str) -> None:
    """What only the owner of the server can do: change the ledger with its triggers asleep.

    In the statement `first` and `third` stand for the numbers of those entries.
    """
    connection = await asyncpg.connect(f"{admin_url.rpartition('/')[0]}/{url.rpartition('/')[2]}")
    try:
        await connection.execute("SET session_replication_role = replica")
        first, third = await connection.fetchrow("SELECT min(id), min(id) + 2 FROM ledger_entry")
        await connection.execute(statement.replace("first", str(first)).replace("third", str(third)))
    finally:
        await connection.close()


async def test_a_ledger_as_it_was_booked_is_proven(booked: asyncpg.Connection) -> None:
    proof = await prove_ledger(booked, "gm0637")
    assert (proof.holds, proof.entries, proof.lines) == (True, ENTRIES, 3 * ENTRIES)
    assert (await prove_ledger(booked, "gm0080")).entries == 0


@pytest.mark.parametrize(
    ("statement", "entries", "accounts"),
    [
        ("UPDATE ledger_line SET amount_cents = amount_cents + 1 WHERE account = 50 AND entry_id = third", 1, {50}),
        ("DELETE FROM ledger_line WHERE account = 50 AND entry_id = third", 1, {50}),
        ("DELETE FROM ledger_line WHERE entry_id = third", 1, {10, 31, 50}),
        ("DELETE FROM ledger_entry WHERE id = third", 1, set()),
        (LINES_OF_NO_ENTRY, 1, {10, 31, 50}),
        (ONE_CENT_FROM_ONE_TO_ANOTHER, 2, set()),
        ("UPDATE ledger_line SET entry_id = first, line_no = line_no + 3 WHERE entry_id = third", 2, set()),
        ("UPDATE ledger_total SET amount_cents = amount_cents - 5 WHERE account = 31", 0, {31}),
        ("UPDATE ledger_total SET lines = lines + 1 WHERE account = 10", 0, {10}),
        ("UPDATE ledger_line SET account = 32 WHERE account = 31", 0, {31, 32}),
        ("UPDATE ledger_total SET account = 32 WHERE account = 31", 0, {31, 32}),
        ("UPDATE ledger_total SET block = block + 1 WHERE account = 31", 0, {31}),
        (CENTS_OF_NO_LINES, 0, {32}),
        # Too great for the usual weights, and for any.
        ("UPDATE ledger_line SET amount_cents = 900000000000 WHERE account = 31 AND entry_id = third", 1, {31}),
        ("UPDATE ledger_line SET amount_cents = 9e18 WHERE account = 31 AND entry_id = third", 1, {31}),
    ],
)
async def test_what_was_tampered_with_is_found_and_named(
    booked: asyncpg.Connection,
    service: RunningService,
    postgres: str,
    statement: str,
    entries: int,
    accounts: set[int],
) -> None:
    await tamper(postgres, service.database.url, statement)
    proof = await prove_ledger(booked, "gm0637")
    assert not proof.holds
    assert len(proof.wrong_entries) == entries
    assert {account for _, account in proof.wrong_totals} == accounts


async def test_entries_of_several_runs_side_by_side_are_added_up_by_their_own_run(
    booked: asyncpg.Connection, service: RunningService, postgres: str
) -> None:
    run_id = UUID(int=7)
    moved = "UPDATE ledger_entry SET run_id = '00000000-0000-0000-0000-000000000007' WHERE id = third"
    await tamper(postgres, service.database.url, moved)
    assert (await prove_ledger(booked, "gm0637")).wrong_totals == tuple(
        (owner_id, account) for owner_id in (None, run_id) for account in (10, 31, 50)
    )


async def test_a_ledger_of_several_runs_in_one_block_is_proven(
    booked: asyncpg.Connection, service: RunningService, postgres: str
) -> None:
    async with service.database.transaction("gm0637") as tx:
        for number in (1, 2):
            run = Run(new_id(), f"2026-{number:02}", number, RunState.RELEASING, "anna", date(2026, 7, 1), 1)
            assert await runs.add_run(tx, run)
            lines = [Line(10, -CENTS - number), Line(31, CENTS + number)]
            await book_entries([(None, "2026-07", Booking(EntryKind.OTHER, lines))], date(2026, 7, 1), run.id, tx)
    proof = await prove_ledger(booked, "gm0637")
    assert (proof.holds, proof.lines) == (True, 3 * ENTRIES + 4)
    extra_line = (
        "UPDATE ledger_total SET lines = lines + 1 WHERE account = 31 AND run_id IN (SELECT id FROM run LIMIT 1)"
    )
    await tamper(postgres, service.database.url, extra_line)
    assert [account for _, account in (await prove_ledger(booked, "gm0637")).wrong_totals] == [31]


@pytest.mark.parametrize("cents", [9 * 10**11, 9 * 10**18])
async def test_amounts_of_any_greatness_are_proven(
    booked: asyncpg.Connection, service: RunningService, cents: int
) -> None:
    async with service.database.transaction("gm0637") as tx:
        entry = (None, "2026-07", Booking(EntryKind.OTHER, [Line(10, -cents), Line(31, cents)]))
        await book_entries([entry], date(2026, 7, 1), None, tx)
    proof = await prove_ledger(booked, "gm0637")
    assert (proof.holds, proof.lines) == (True, 3 * ENTRIES + 2)


@pytest.mark.usefixtures("booked")
async def test_the_command_says_so_and_ends_with_1(service: RunningService, postgres: str) -> None:
    url = service.database.url
    arguments = ["ledger-proof", "--municipality", "gm0637", "--database-url", url]
    good = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"])
    assert (good.exit_code, json.loads(good.stdout)[0]["holds"]) == (0, True)
    await tamper(postgres, url, "DELETE FROM ledger_line WHERE account = 50 AND entry_id = third")
    bad = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert bad.exit_code == 1
    assert "WRONG" in bad.stdout


async def test_households_that_the_command_prints_are_in_the_access_log(service: RunningService, postgres: str) -> None:
    plan = signed_plan(route=LearningRoute.Z_ROUTE)
    async with service.database.transaction("gm0637") as tx:
        await on_pip_signed(Received(plan, uuid4(), "gm0637", None), tx)
    household, name = plan.household_id, service.database.address.name
    await tamper(postgres, name, "UPDATE household SET holiday_reserve_cents = 1")
    url = address_for(operator_role, service.database.address, "ontzorgen")
    arguments = ["ledger-proof", "--municipality", "gm0637", "--database-url", url]
    shown = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert (shown.exit_code, str(household) in shown.stdout) == (1, True), shown.output
    lines = await service.list_access()
    assert (lines[-1]["operation"], lines[-1]["about"][0]) == ("meedoen ledger-proof", household)
    assert lines[-1]["about"][1:] == [plan.person_id]
