"""What the application's role must not do: each statement worked before roles were separated, and is refused now.

PostgreSQL refuses, not our code: somebody who takes over a service gets no further than its role.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from alembic import command

from shared.database.migrations import ServiceDatabase, alembic_config, prepare_database, upgrade
from shared.testing.databases import TestDatabases

SERVICE = "recruitment"
BEFORE = "0002"
HERE, THERE = "gm0637", "gm0080"
ROW = "gen_random_uuid(), 't', 'k', '{}'"

# Of an event that is held, and of one that is published, in another municipality than that of the transaction.
FOREIGN = (
    """INSERT INTO messaging.held (event_id, topic, key, event_type, municipality, state, payload, record_key)
    VALUES (gen_random_uuid(), 't', 'k', 'e', 'gm0080', 'parked', 'foreign', 'foreign')""",
    f"SET app.municipality = '{THERE}'",
    "INSERT INTO messaging.outbox (event_id, topic, key, payload) VALUES (gen_random_uuid(), 't', 'k', 'foreign')",
)
HOSTILE = (
    "UPDATE messaging.relay_mark SET position_done = 1000000",
    "UPDATE messaging.relay_mark SET generation = generation + 1",
    "UPDATE messaging.relay_mark SET cluster = 'mine'",
    "SELECT messaging.replay_from(1)",
    "SELECT messaging.drop_partitions(1)",
    "SELECT messaging.make_partitions(30)",
    f"INSERT INTO messaging.outbox (position, event_id, topic, key, payload) SELECT 1, {ROW}",
    f"INSERT INTO messaging.outbox (recorded_at, event_id, topic, key, payload) SELECT '2001-01-01', {ROW}",
    "INSERT INTO messaging.held_audit (action, actor, reason) VALUES ('released', 'somebody else', 'none')",
    "SELECT * FROM messaging.held_audit",
    "UPDATE messaging.held SET state = 'discarded'",
    "UPDATE messaging.held SET payload = ''",
    "UPDATE messaging.held SET is_believed = NOT is_believed",
    "DELETE FROM messaging.held",
    "INSERT INTO messaging.day_seen VALUES ('gm0637', '2062-11-02')",
    "UPDATE messaging.day_seen SET day = '2001-01-01'",
    """INSERT INTO messaging.held (event_id, topic, key, event_type, state)
    VALUES (gen_random_uuid(), 't', 'k', 'e', 'discarded')""",
)
# Refused at all times; here so that no later grant opens them unseen.
ALWAYS_REFUSED = (
    "UPDATE messaging.outbox SET topic = 'x'",
    "DELETE FROM messaging.outbox",
    "TRUNCATE messaging.outbox",
    "DROP TABLE messaging.outbox_rest",
    "SELECT * FROM messaging.outbox_rest",
    "ALTER TABLE messaging.outbox DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE messaging.outbox DETACH PARTITION messaging.outbox_rest",
    "DROP POLICY tenant ON messaging.held",
    "SELECT setval('messaging.outbox_turn', 1)",
    "ALTER SEQUENCE messaging.outbox_turn RESTART",
    "DELETE FROM messaging.inbox",
    "UPDATE messaging.held_audit SET actor = 'x'",
    "DELETE FROM messaging.held_audit",
    "SELECT messaging.drop_old_held(0)",
    "SELECT messaging.hold_apart('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 0)",
    "CREATE TABLE messaging.mine ()",
    "CREATE OR REPLACE FUNCTION messaging.before_telling() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE ROLE mine",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE meedoen_recruitment_relay PASSWORD 'mine'",
    "SET ROLE meedoen_recruitment_owner",
    "SET ROLE meedoen_recruitment_relay",
    "SET ROLE meedoen_recruitment_operator",
    "SET SESSION AUTHORIZATION meedoen_recruitment_owner",
    "SET session_replication_role = replica",
    "GRANT meedoen_recruitment_operator TO CURRENT_USER",
    "COPY candidate TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
)
REFUSALS = (asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError)


@pytest.fixture
async def before(databases: TestDatabases) -> AsyncIterator[ServiceDatabase]:
    """A database as it was before roles were separated."""
    name = f"before_{uuid4().hex[:12]}"
    database = await asyncio.to_thread(prepare_database, databases.admin_url, SERVICE, name=name)
    await asyncio.to_thread(command.upgrade, alembic_config(SERVICE, database.owner_url), BEFORE)
    yield database
    databases.drop(name)


@pytest.fixture
async def now(before: ServiceDatabase) -> ServiceDatabase:
    """The same database, migrated as an operator migrates one that is in use, with rows in it."""
    await execute(before.owner_url, *FOREIGN)
    await asyncio.to_thread(upgrade, SERVICE, before.owner_url)
    return before


async def execute(url: str, *statements: str) -> list[asyncpg.Record]:
    """Run statements in one session, in a transaction of our municipality that is rolled back if the last one fails."""
    connection = await asyncpg.connect(url, server_settings={"app.municipality": HERE})
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return list(await connection.fetch(statements[-1]))
    finally:
        await connection.close()


async def test_what_is_refused_now_worked_before(before: ServiceDatabase) -> None:
    for statement in HOSTILE:
        await execute(before.url, statement)


async def test_every_hostile_statement_is_refused(now: ServiceDatabase) -> None:
    worked = []
    for statement in (*HOSTILE, *ALWAYS_REFUSED):
        try:
            await execute(now.url, statement)
        except REFUSALS:
            continue
        worked.append(statement)
    assert worked == []


async def test_events_of_another_municipality_are_not_seen(now: ServiceDatabase) -> None:
    await execute(now.owner_url, *FOREIGN)  # the first ones were published before rows named a municipality
    assert await execute(now.operator_url, "SELECT payload FROM messaging.outbox") == [(b"foreign",)] * 2
    for table in ("outbox", "held"):
        assert await execute(now.url, f"SELECT * FROM messaging.{table}") == []  # noqa: S608 - a table of ours
        found = await execute(now.url, f"SET app.municipality = '{THERE}'", f"SELECT payload FROM messaging.{table}")  # noqa: S608 - the same
        assert {row["payload"] for row in found} == {b"foreign"}
    (position,) = (await execute(now.operator_url, "SELECT max(position) FROM messaging.held"))[0]
    taken = f"SELECT payload, record_key FROM messaging.lock_queue({position}, 10)"  # noqa: S608 - a number
    assert await execute(now.url, taken) == [(None, None)]
    assert await execute(now.url, f"SET app.municipality = '{THERE}'", taken) == [(b"foreign", b"foreign")]


async def test_what_is_held_apart_stays_so_until_an_operator_releases_it(now: ServiceDatabase) -> None:
    (position,) = (
        await execute(
            now.owner_url,
            """INSERT INTO messaging.held (event_id, topic, key, event_type, municipality, state, is_believed)
            VALUES (gen_random_uuid(), 't', 'apart:1', 'e', 'gm0080', 'parked', false) RETURNING position""",
        )
    )[0]
    admit = f"SELECT messaging.admit({position}, gen_random_uuid(), 'k', 'gm0637')"
    others = f"SELECT messaging.requeue({position}, 'waiting', '', '', 0, 0), messaging.delete_done('{{{position}}}')"
    look = f"SELECT state, key, is_believed FROM messaging.held WHERE position = {position}"  # noqa: S608 - a number

    await execute(now.url, admit)
    await execute(now.url, others)
    assert await execute(now.operator_url, look) == [("parked", "apart:1", False)]
    await execute(now.operator_url, "SELECT messaging.release(NULL, NULL, 'operator', 'a test')")
    await execute(now.url, admit)
    assert await execute(now.operator_url, look) == [("waiting", "k", True)]


async def test_the_last_day_that_was_seen_does_not_move_back(now: ServiceDatabase) -> None:
    for day in ("2026-09-02", "2001-01-01"):
        await execute(now.url, f"SELECT messaging.record_days('{{gm0637}}', '{{{day}}}')")
    assert await execute(now.url, "SELECT day::text FROM messaging.day_seen") == [("2026-09-02",)]


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        ("relay_url", "SELECT * FROM candidate"),
        ("relay_url", "SELECT * FROM messaging.held"),
        ("relay_url", "DELETE FROM messaging.outbox"),
        ("relay_url", "UPDATE messaging.relay_mark SET generation = 0"),
        ("operator_url", "SELECT * FROM candidate"),
        ("operator_url", "UPDATE messaging.held SET payload = ''"),
        ("operator_url", "INSERT INTO messaging.held_audit (action, actor, reason) VALUES ('replayed', 'x', 'y')"),
        ("operator_url", "UPDATE messaging.relay_mark SET position_done = 0"),
        ("auditor_url", "SELECT * FROM candidate"),
        ("auditor_url", "SELECT * FROM messaging.outbox"),
    ],
)
async def test_the_other_roles_do_their_own_work_only(now: ServiceDatabase, who: str, statement: str) -> None:
    with pytest.raises(REFUSALS):
        await execute(getattr(now, who), statement)
