"""Databases as the last version left them are brought to today's tables: nothing is lost, and services work on them.

They start from dumps with rows in every table (tests/examples/databases), put back by a superuser as pg_restore would;
the migrations then run as the owner and the service as its own role. CONTRIBUTING.md says when dumps are made anew.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))  # the helpers stand beside the tests, which are no package

import last_version_answers as answers
from last_version import (
    ANSWERS,
    CHANGED_ON_PURPOSE,
    FIGURES,
    LastVersion,
    exclude_changed,
    find_empty_tables,
    find_losses,
    read_figures,
    read_recorded,
    read_sequences,
    read_tables,
)

from meedoen.cli.main import app
from shared.auth.local_issuer import LocalIssuer
from shared.database.migrations import ServiceDatabase, upgrade
from shared.service_names import SERVICES
from shared.testing.running_service import RunningService

Client = Callable[..., Awaitable[RunningService]]
# What a migration must not do, and what is said of it; each is rolled back.
LOSSES: list[tuple[str, str, list[str]]] = [
    ("ontzorgen", "DELETE FROM task WHERE id = (SELECT min(id::text)::uuid FROM task)", ["public.task has 12 rows"]),
    ("ontzorgen", "ALTER TABLE household DROP COLUMN months_run", ["public.household has lost months_run"]),
    ("ontzorgen", "DROP TABLE unpaid_charge", ["public.unpaid_charge is gone"]),
    (
        "ontzorgen",
        "UPDATE charge SET amount_cents = amount_cents + 1 WHERE kind = 'water'",
        ["public.charge has other"],
    ),
    (
        "ontzorgen",
        "UPDATE household SET next_month = (SELECT max(next_month) FROM household), months_run = months_run + 1",
        ["public.household has other"],
    ),
    ("notifications", "TRUNCATE messaging.held", ["messaging.held has 0 rows"]),
    ("intake", "DROP TABLE messaging.inbox_rest", ["messaging.inbox has"]),
    ("recruitment", "ALTER TABLE candidate RENAME COLUMN language TO tongue", ["public.candidate has lost language"]),
    ("recruitment", "UPDATE messaging.relay_mark SET position_done = 0", ["messaging.relay_mark has other"]),
]
_OWN = """
SELECT count(*) AS rows, count(*) FILTER (WHERE t.person_id = h.person_id) AS own
FROM {table} t JOIN household h ON h.municipality = t.municipality AND h.id = t.household_id
"""
_COPY = "CREATE TEMP TABLE again ON COMMIT DROP AS SELECT * FROM {table} LIMIT 1"
_AGAIN = """
INSERT INTO {table} OVERRIDING USER VALUE SELECT (jsonb_populate_record(
    NULL::{table}, to_jsonb(again) - 'person_id' || jsonb_build_object('id', gen_random_uuid())
)).* FROM again
"""
HARMLESS = "ALTER TABLE candidate ADD COLUMN remark text DEFAULT ''; CREATE TABLE remark (id int)"


@pytest.fixture(scope="module")
def last_version(postgres: str) -> Iterator[LastVersion]:
    last = LastVersion(postgres)
    yield last
    asyncio.run(last.drop())


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    return read_recorded(FIGURES)


@pytest.fixture
def authorise(issuer: LocalIssuer) -> answers.Authorise:
    def headers(municipality: str, subject: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {issuer.token(subject, answers.ROLES, municipality, 3_600)}"}

    return headers


@pytest.fixture
async def start(client_for: Client, tmp_path: Path) -> Callable[[str, ServiceDatabase], Awaitable[RunningService]]:
    """The service as it is today on a database."""

    async def started(service: str, database: ServiceDatabase) -> RunningService:
        leaving = {"spool_folder": tmp_path / "spool", "letters_leave": "at_once"}
        chosen = leaving if service == "notifications" else {}
        return await client_for(service, municipalities=answers.TOWNS, database_url=database.url, **chosen)

    return started


@pytest.mark.parametrize("service", SERVICES)
class TestEachService:
    async def test_the_dump_has_rows_in_every_table_as_recorded(
        self, last_version: LastVersion, recorded: dict[str, Any], service: str
    ) -> None:
        async with last_version.open_dumped(service) as connection:
            tables = await read_tables(connection)
            version = await connection.fetchval("SELECT version_num FROM alembic_version")
        assert find_empty_tables(tables) == []
        assert {name: table.rows for name, table in tables.items()} == recorded[service]["rows"]
        assert version == recorded[service]["version"]

    async def test_migrations_keep_every_row_and_every_figure(
        self, last_version: LastVersion, recorded: dict[str, Any], service: str
    ) -> None:
        changed = CHANGED_ON_PURPOSE.get(service, {}) | {"public.alembic_version": "It says how far migrations are."}
        database = await last_version.copy(service)
        connection = await last_version.connect(database.url)
        kept = exclude_changed(await read_tables(connection), changed)
        before, places = exclude_changed(await read_tables(connection, kept), changed), await read_sequences(connection)
        await asyncio.to_thread(upgrade, service, database.owner_url)
        await connection.reload_schema_state()
        assert find_losses(before, await read_tables(connection, kept)) == []
        sequences = await read_sequences(connection)
        assert {name: sequences.get(name) for name in places} == places
        assert await read_figures(service, connection) == recorded[service]["figures"]
        await connection.close()

    async def test_the_service_answers_as_the_last_version_did(
        self, last_version: LastVersion, start: Any, authorise: answers.Authorise, service: str
    ) -> None:
        running = await start(service, await last_version.provide_upgraded(service))
        expected = read_recorded(ANSWERS)[service]["read"]
        found = await answers.read_answers(running, service, authorise)
        assert found.keys() == expected.keys()
        for path, answer in expected.items():
            assert answers.drop_new_fields(found[path], answer) == answer, path

    async def test_the_service_takes_its_next_step_as_the_last_version_would_have(
        self, last_version: LastVersion, start: Any, authorise: answers.Authorise, service: str
    ) -> None:
        running = await start(service, await last_version.copy_and_upgrade(service))
        expected = read_recorded(ANSWERS)[service]["next step"]
        step = json.loads(json.dumps(await answers.take_next_step(running, service, authorise)))
        assert answers.drop_new_fields(step, expected) == expected

    async def test_events_that_the_last_version_had_consumed_change_nothing_when_they_come_again(
        self, last_version: LastVersion, start: Any, service: str
    ) -> None:
        payloads: list[bytes] = []
        for other in SERVICES:
            async with last_version.open_dumped(other) as connection:
                payloads += await answers.read_log(connection)
        database = await last_version.provide_upgraded(service)
        connection = await last_version.connect(database.url)
        before = await read_tables(connection)
        await answers.consume(await start(service, database), service, payloads)
        assert find_losses(before, await read_tables(connection)) == []
        await connection.close()


@pytest.mark.parametrize(
    "table", ["measurement", "enrolment", "coaching", "coaching_appointment", "coaching_session", "claim"]
)
async def test_records_of_the_last_version_and_of_its_last_processes_are_the_own_persons(
    last_version: LastVersion, table: str
) -> None:
    """A process of the last version may still write while the new one starts, and names nobody."""
    connection = await last_version.connect((await last_version.provide_upgraded("ontzorgen")).url)
    before = await connection.fetchrow(_OWN.format(table=table))
    assert before["rows"] == before["own"] > 0
    change = connection.transaction()
    await change.start()
    await connection.execute(_COPY.format(table=table))
    if table == "coaching":
        await connection.execute("DELETE FROM coaching t USING again WHERE t.household_id = again.household_id")
    await connection.execute(_AGAIN.format(table=table))
    after = await connection.fetchrow(_OWN.format(table=table))
    assert after["own"] == after["rows"] == before["rows"] + (table != "coaching")
    await change.rollback()
    await connection.close()


async def test_the_ledger_of_the_last_version_is_proven(last_version: LastVersion) -> None:
    database = await last_version.provide_upgraded("ontzorgen")
    towns = [word for town in answers.TOWNS for word in ("--municipality", town)]
    command = ["ledger-proof", *towns, "--database-url", database.url, "--json"]
    proof = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert proof.exit_code == 0, proof.output
    assert [(town["holds"], town["lines"] > 0) for town in json.loads(proof.stdout)] == [(True, True)] * 2


@pytest.mark.parametrize(("service", "statement", "sentences"), LOSSES)
async def test_what_a_migration_loses_is_named(
    last_version: LastVersion, service: str, statement: str, sentences: list[str]
) -> None:
    async with last_version.open_dumped(service) as connection:
        before = await read_tables(connection)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(statement)
        found = find_losses(before, await read_tables(connection, before))
    assert [sentence.startswith(start) for sentence, start in zip(found, sentences, strict=True)] == [True], found


async def test_what_a_migration_adds_is_no_loss_but_a_table_without_rows_is_named(last_version: LastVersion) -> None:
    async with last_version.open_dumped("recruitment") as connection:
        before = await read_tables(connection)
        await connection.execute(HARMLESS)
        after = await read_tables(connection, before)
    assert find_losses(before, after) == []
    assert find_empty_tables(after) == ["public.remark"]
