"""The access log of a running service: one line per answer about somebody, one chain, and every forgery named."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from meedoen.cli.main import app as commands
from services.recruitment.app import create_app
from shared.database.access_chain import ChainEnd, ChainProof, prove_chain
from shared.database.access_log import AccessLine, AccessLog, now
from shared.database.address import DatabaseAddress
from shared.database.migrations import ServiceDatabase
from shared.database.transactions import Database
from shared.identity import Role
from shared.settings import ServiceSettings
from shared.testing.running_service import RunningService, run_service

LINES = 6


@pytest.fixture
def database(service_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return service_database("recruitment")


@pytest.fixture
async def opened(database: ServiceDatabase) -> AsyncIterator[Database]:
    made = Database(database.url, service="recruitment")
    yield made
    await made.close()


def build_line(number: int = 0, *, reader: str = "reader|ë,1:2") -> AccessLine:
    return AccessLine(now(), "gm0637", reader, ("case_manager", "operator"), f"GET /v1/{number}", (uuid4(), uuid4()))


async def write(opened: Database, lines: int, **fields: Any) -> None:
    log = AccessLog(opened)
    log.start()
    for number in range(lines):
        log.add(build_line(number, **fields))
    await log.stop()


async def prove(url: str, noted: ChainEnd | None = None) -> ChainProof:
    connection = await asyncpg.connect(url)
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


async def test_what_was_written_is_proven(database: ServiceDatabase, opened: Database) -> None:
    assert await prove(database.auditor_url) == ChainProof(0, ChainEnd(0, ""), ())
    await write(opened, LINES)
    proof = await prove(database.auditor_url)
    assert (proof.lines, proof.end.position, proof.faults) == (LINES, LINES, ())
    await write(opened, 1)
    assert (await prove(database.auditor_url, ChainEnd.parse(str(proof.end)))).faults == ()


async def test_a_text_that_no_database_keeps_holds_up_no_other_line(
    database: ServiceDatabase, opened: Database
) -> None:
    await write(opened, 1, reader="some\0one\ud800")
    await write(opened, LINES)
    assert (await prove(database.auditor_url)).lines == 1 + LINES
    connection = await asyncpg.connect(database.auditor_url)
    reader = await connection.fetchval("SELECT reader FROM audit.access_line WHERE position = 1")
    await connection.close()
    assert reader == "some\\x00one\\ud800"


async def test_writers_at_once_make_one_chain(database: ServiceDatabase, opened: Database) -> None:
    await asyncio.gather(*(write(opened, 200, reader=f"reader {number}") for number in range(6)))
    proof = await prove(database.auditor_url)
    assert (proof.lines, proof.faults) == (1200, ())


INSERT = """INSERT INTO audit.access_line
    SELECT {position}, at, municipality, reader, roles, 'GET /v1/forged', about, hash FROM audit.access_line
    WHERE position = 2"""


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["UPDATE audit.access_line SET reader = 'x' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET at = at + interval '1 s' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET at = 'infinity' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET at = '20000-01-01' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET about = '{}' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET roles = '{case_manager}' WHERE position = 3"], "Line 3 was changed"),
        (["UPDATE audit.access_line SET hash = '' WHERE position = 3"], "Line 3 was changed"),
        (["DELETE FROM audit.access_line WHERE position = 1"], "Line 1 is missing"),
        (["DELETE FROM audit.access_line WHERE position IN (3, 4)"], "Lines 3 to 4 are missing"),
        (["DELETE FROM audit.access_line WHERE position = 6"], "Line 6 is missing"),
        (["TRUNCATE audit.access_line"], "Lines 1 to 6 are missing"),
        ([INSERT.format(position=7)], "Line 7 was changed"),
        ([INSERT.format(position=0)], "Line 0 was put in"),
        (["DELETE FROM audit.access_line WHERE position = 3", INSERT.format(position=3)], "Line 3 was changed"),
        (["UPDATE audit.access_line SET position = position + 10 WHERE position > 3"], "Lines 4 to 13 are missing"),
        (["DELETE FROM audit.chain_end"], "The end of the chain is missing"),
        (["UPDATE audit.chain_end SET hash = ''"], "The hash of line 6 is not the one at which the chain ended"),
    ],
)
async def test_every_forgery_is_named(
    database: ServiceDatabase, opened: Database, postgres: str, statements: list[str], fault: str
) -> None:
    await write(opened, LINES)
    await tamper(postgres, database, *statements)
    assert fault in " ".join((await prove(database.auditor_url)).faults)


@pytest.mark.parametrize("moment", ["20000-01-01", "1999-12-31", "4000-01-01 BC", "infinity"])
async def test_no_service_appends_a_line_past_which_nobody_can_read(database: ServiceDatabase, moment: str) -> None:
    append = "SELECT audit.append(ARRAY[{}::timestamptz], '{{gm0637}}', '{{x}}', '{{a}}', '{{b}}', '{{\"\"}}')"
    connection = await asyncpg.connect(database.url)
    try:
        with pytest.raises(asyncpg.RaiseError, match="moment that has come"):
            await connection.execute(append.format(f"'{moment}'"))
        await connection.execute(append.format("now()"))
    finally:
        await connection.close()
    assert (await prove(database.auditor_url)).faults == ()


async def test_a_chain_that_was_written_anew_is_found_by_an_end_that_was_noted(
    database: ServiceDatabase, opened: Database, postgres: str
) -> None:
    await write(opened, LINES)
    noted = (await prove(database.auditor_url)).end
    anew = "UPDATE audit.chain_end SET position = 0, hash = ''"
    await tamper(postgres, database, "TRUNCATE audit.access_line", anew)
    await write(opened, LINES + 1)
    assert (await prove(database.auditor_url)).faults == ()
    assert "Line 6 is not the one that was noted" in " ".join((await prove(database.auditor_url, noted)).faults)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit.access_line SELECT * FROM audit.access_line",
        "UPDATE audit.access_line SET reader = 'x'",
        "DELETE FROM audit.access_line",
        "TRUNCATE audit.access_line",
        "UPDATE audit.chain_end SET position = 0",
        "SELECT * FROM audit.chain_end",
        "CREATE OR REPLACE FUNCTION audit.append() RETURNS void LANGUAGE sql AS ''",
        "DROP TABLE audit.access_line",
        "UPDATE access_log SET subject = 'x'",
        "DELETE FROM access_log",
    ],
)
@pytest.mark.parametrize("who", ["url", "relay_url", "operator_url"])
async def test_no_service_and_no_operator_takes_a_line_back(
    database: ServiceDatabase, who: str, statement: str
) -> None:
    connection = await asyncpg.connect(getattr(database, who), server_settings={"app.municipality": "gm0637"})
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_process_of_the_version_before_still_gets_its_line_into_the_chain(database: ServiceDatabase) -> None:
    person = uuid4()
    connection = await asyncpg.connect(database.url, server_settings={"app.municipality": "gm0637"})
    try:
        query = "INSERT INTO access_log (municipality, id, person_id, subject, roles) VALUES ($1, $2, $3, $4, $5)"
        await connection.execute(query, "gm0637", uuid4(), person, "somebody", ["case_manager"])
        (line,) = await connection.fetch("SELECT reader, about FROM audit.access_line")
    finally:
        await connection.close()
    assert tuple(line) == ("somebody", [person])
    assert (await prove(database.auditor_url)).faults == ()


ClientFor = Callable[..., Awaitable[RunningService]]


async def appoint(service: RunningService) -> str:
    neighbourhood = {"name": "Meerzicht", "needs_but_not_obligated": 3, "obligated": 3}
    await service.put("/neighbourhoods/wk063705", json=neighbourhood)
    body = {
        "neighbourhood": "wk063705",
        "appointed_on": "2026-01-05",
        "own_trajectory_completed": True,
        "dutch_level": "b1",
        "languages": ["ti"],
    }
    return str((await service.post("/ambassadors", json=body)).json()["id"])


async def test_every_answer_about_somebody_is_logged_and_no_other(client_for: ClientFor) -> None:
    service = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR)
    somebody = UUID(await appoint(service))
    await service.get("/ambassadors")
    await service.get("/figures")
    await service.get(f"/candidates/{uuid4()}")
    lines = [(line["operation"], line["about"]) for line in await service.list_access()]
    assert lines == [("POST /v1/ambassadors", [somebody]), ("GET /v1/ambassadors", [somebody])]


async def test_a_stop_loses_no_line(settings_for: Callable[..., ServiceSettings], token: Callable[..., str]) -> None:
    settings: Any = settings_for("recruitment", messaging_enabled=False)
    headers = {"Authorization": f"Bearer {token(Role.AMBASSADOR_COORDINATOR)}"}
    async with run_service(create_app(settings), headers) as service:
        await appoint(service)
        await asyncio.gather(*(service.get("/ambassadors") for _ in range(50)))
        url = service.database.address.at(user="meedoen_recruitment_auditor").url
    assert (await prove(url)).lines == 51


async def test_auditors_read_the_log_of_their_municipality_and_nobody_else_does(
    client_for: ClientFor, token: Callable[..., str]
) -> None:
    service = await client_for("recruitment", Role.AMBASSADOR_COORDINATOR)
    somebody = await appoint(service)
    await service.get("/ambassadors")
    await service.list_access()
    assert (await service.get("/access-log")).status_code == 403

    def as_auditor(municipality: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(Role.AUDITOR, municipality)}"}

    first = (await service.get("/access-log?limit=1", headers=as_auditor("gm0637"))).json()
    assert [line["operation"] for line in first["items"]] == ["GET /v1/ambassadors"]
    following = f"/access-log?limit=1&cursor={first['next_cursor']}"
    (second,) = (await service.get(following, headers=as_auditor("gm0637"))).json()["items"]
    assert (second["operation"], second["about"]) == ("POST /v1/ambassadors", [somebody])
    for query, count in ((f"about={somebody}", 3), (f"about={uuid4()}", 0), ("reader=test-user", 4), ("reader=x", 0)):
        await service.list_access()
        page = (await service.get(f"/access-log?{query}", headers=as_auditor("gm0637"))).json()
        assert len(page["items"]) >= min(count, 1), query
        assert bool(page["items"]) == bool(count), query
    assert (await service.get("/access-log", headers=as_auditor("gm0080"))).json()["items"] == []


async def test_commands_list_and_verify(database: ServiceDatabase, opened: Database, postgres: str) -> None:
    await write(opened, LINES)

    async def run(*arguments: str) -> Any:
        where = ["--service", "recruitment", "--database-url", database.auditor_url]
        return await asyncio.to_thread(CliRunner().invoke, commands, ["audit", *arguments, *where])

    listed = await run("list", "--reader", "reader|ë,1:2")
    assert listed.exit_code == 0, listed.output
    assert listed.output.count("GET /v1/") == LINES
    whole = await run("verify")
    assert (whole.exit_code, "7 lines, each follows" in whole.output) == (0, True), whole.output
    await tamper(postgres, database, "DELETE FROM audit.access_line WHERE position = 2")
    broken = await run("verify")
    assert (broken.exit_code, "WRONG: Line 2 is missing" in broken.output) == (1, True), broken.output
