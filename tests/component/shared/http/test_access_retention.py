"""Access lines go after their term, and the chain that is left is proven: also against whoever moves its beginning."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from shared.database.access_chain import ChainEnd, ChainProof, prove_chain
from shared.database.access_log import AccessLine, AccessLog, append_lines, now, remove_old_lines
from shared.database.address import DatabaseAddress
from shared.database.migrations import ServiceDatabase
from shared.database.transactions import Database
from shared.testing.eventually import eventually

TERM_DAYS = 400
OLD, YOUNG = 5, 4
SEAL = OLD + YOUNG + 1


@pytest.fixture
def database(service_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return service_database("recruitment")


@pytest.fixture
async def opened(database: ServiceDatabase) -> AsyncIterator[Database]:
    made = Database(database.url, service="recruitment")
    yield made
    await made.close()


async def write(opened: Database, *days_ago: int) -> None:
    async with opened.transaction(None) as tx:
        await append_lines(
            tx,
            [
                AccessLine(now() - timedelta(days=days), "gm0637", "reader", ("operator",), "GET /v1/x", (uuid4(),))
                for days in days_ago
            ],
        )


async def prove(database: ServiceDatabase, noted: ChainEnd | None = None) -> ChainProof:
    connection = await asyncpg.connect(database.auditor_url)
    try:
        return await prove_chain(connection, noted=noted)
    finally:
        await connection.close()


async def tamper(admin_url: str, database: ServiceDatabase, *statements: str) -> None:
    """Do as a superuser does who stops at nothing."""
    name = DatabaseAddress.parse(database.url).name
    connection = await asyncpg.connect(DatabaseAddress.parse(admin_url).at(name=name).url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def removed(database: ServiceDatabase, opened: Database) -> ChainProof:
    """A chain of which the lines past their term are gone: the lines 6 to 9 are left, and the seal."""
    await write(opened, *[TERM_DAYS + 1] * OLD, *[TERM_DAYS - 1] * YOUNG)
    assert await remove_old_lines(opened, TERM_DAYS) == OLD
    return await prove(database)


async def test_what_is_past_its_term_goes_and_the_rest_is_proven(
    database: ServiceDatabase, opened: Database, removed: ChainProof
) -> None:
    assert (removed.lines, removed.start.position, removed.end.position) == (YOUNG + 1, OLD, SEAL)
    assert removed.faults == ()
    assert await remove_old_lines(opened, TERM_DAYS) == 0, "nothing is past its term any more"
    await write(opened, 0)
    assert (await prove(database, removed.end)).faults == ()
    assert await remove_old_lines(opened, 365) == YOUNG
    again = await prove(database)
    assert (again.lines, again.start.position, again.faults) == (3, OLD + YOUNG, ()), "two seals and the line between"


async def test_an_old_line_behind_a_young_one_waits_for_it(database: ServiceDatabase, opened: Database) -> None:
    await write(opened, TERM_DAYS + 1, 0, TERM_DAYS + 1)
    assert await remove_old_lines(opened, TERM_DAYS) == 1
    assert (await prove(database)).faults == ()


async def test_a_process_removes_them_when_it_starts(database: ServiceDatabase, opened: Database) -> None:
    await write(opened, *[TERM_DAYS + 1] * OLD)
    log = AccessLog(opened, retention_days=TERM_DAYS)
    log.start()

    async def is_removed() -> bool:
        return (await prove(database)).start.position == OLD

    await eventually(is_removed, 10)
    await log.stop()


FIRST_LEFT = "DELETE FROM audit.access_line WHERE position = 6"
MOVE_ON = """UPDATE audit.chain_start SET position = 6,
    hash = (SELECT hash FROM audit.access_line WHERE position = 6)"""
RESEAL = "UPDATE audit.access_line SET operation = replace(operation, 'to 5:', 'to 6:')"
UNSEAL = "DELETE FROM audit.access_line WHERE position = 10"
END_BEFORE_SEAL = """UPDATE audit.chain_end SET position = 9,
    hash = (SELECT hash FROM audit.access_line WHERE position = 9)"""


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        ([FIRST_LEFT], "Line 6 is missing"),
        ([MOVE_ON, FIRST_LEFT], "begins after line 6, and what it sealed says after line 5"),
        ([MOVE_ON, FIRST_LEFT, RESEAL], "Line 10 was changed"),
        (["UPDATE audit.chain_start SET position = 4"], "Line 5 is missing"),
        (["UPDATE audit.chain_start SET hash = sha256('x')"], "the checkpoint was changed"),
        (["UPDATE audit.chain_start SET position = 0, hash = ''"], "Lines 1 to 5 are missing"),
        (["DELETE FROM audit.chain_start"], "The beginning of the chain is missing"),
        ([UNSEAL], "Line 10 is missing"),
        ([UNSEAL, END_BEFORE_SEAL], "what it sealed says after line 0"),
    ],
)
async def test_whoever_moves_the_beginning_is_found(
    database: ServiceDatabase, removed: ChainProof, postgres: str, statements: list[str], fault: str
) -> None:
    await tamper(postgres, database, *statements)
    assert removed.faults == ()
    assert fault in " ".join((await prove(database)).faults)


async def test_an_end_that_was_noted_finds_a_removal_before_the_term(
    database: ServiceDatabase, opened: Database, postgres: str
) -> None:
    await write(opened, 0)
    noted = (await prove(database)).end
    await write(opened, 0, 0)
    early = "UPDATE audit.access_line SET at = at - interval '10 years' WHERE position < 3"
    await tamper(postgres, database, early)
    assert await remove_old_lines(opened, TERM_DAYS) == 2
    assert (await prove(database)).faults == (), "a superuser can do that"
    assert "Line 1 was noted and is removed" in " ".join((await prove(database, noted)).faults)


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        ("url", "SELECT audit.drop_old(364)"),
        ("url", "SELECT audit.append(ARRAY[now()], ARRAY[''], ARRAY['retention'], ARRAY[''], ARRAY['x'], ARRAY[''])"),
        *((who, "SELECT audit.drop_old(400)") for who in ("relay_url", "operator_url", "auditor_url")),
        *(
            (who, statement)
            for who in ("url", "relay_url", "operator_url", "auditor_url")
            for statement in (
                "SELECT audit.append_any(NULL, NULL, NULL, NULL, NULL, NULL)",
                "UPDATE audit.chain_start SET position = 1",
                "DELETE FROM audit.chain_start",
            )
        ),
    ],
)
async def test_no_role_removes_early_or_writes_a_seal(database: ServiceDatabase, who: str, statement: str) -> None:
    connection = await asyncpg.connect(getattr(database, who))
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)):
            await connection.execute(statement)
    finally:
        await connection.close()
