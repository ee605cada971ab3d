"""On a real PostgreSQL: every table of every service is behind forced row-level security, with no way around it."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import asyncpg
import pytest

from shared.database.migrations import ServiceDatabase
from shared.service_names import SERVICES
from shared.testing.databases import TestDatabases

# Alembic's own note of the version, which tells of nobody.
WITHOUT_TENANT = {"alembic_version"}

_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS is_on, c.relforcerowsecurity AS is_forced,
    EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
            AND pg_get_expr(p.polqual, p.polrelid) = $1 AND pg_get_expr(p.polwithcheck, p.polrelid) = $1) AS has_policy,
    (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies,
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'municipality' AND a.attnotnull
            AND a.atttypid = 'text'::regtype) AS has_municipality
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
_POLICY = "(municipality = current_setting('app.municipality'::text, true))"
_ROLE = """
SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
    EXISTS (SELECT FROM pg_class c WHERE c.relowner = pg_roles.oid) AS owns_tables,
    EXISTS (SELECT FROM pg_auth_members m WHERE m.member = pg_roles.oid) AS is_member_of_another
FROM pg_roles WHERE rolname = current_user
"""
_APPEND_ONLY = ("messaging.outbox", "messaging.inbox", "messaging.held_audit")


def unprotected(rows: list[Any]) -> list[str]:
    """Tables on which a query that forgets the tenant would find something."""
    return [
        row["name"]
        for row in rows
        if row["name"] not in WITHOUT_TENANT
        and not (row["is_on"] and row["is_forced"] and row["has_policy"] and row["has_municipality"])
    ]


@pytest.fixture(params=SERVICES, scope="module")
def database(request: pytest.FixtureRequest, databases: TestDatabases) -> Iterator[ServiceDatabase]:
    """One copy for the tests below, which change nothing."""
    name, copy = databases.copy(request.param)
    yield copy
    databases.drop(name)


async def asked(url: str, query: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def test_every_table_forces_row_level_security_by_municipality(database: ServiceDatabase) -> None:
    rows = await asked(database.owner_url, _TABLES, _POLICY)
    assert len(rows) > 1
    assert unprotected(rows) == []
    assert [row["name"] for row in rows if row["policies"] > 1] == []


async def test_the_service_works_as_a_role_that_can_not_step_around_it(database: ServiceDatabase) -> None:
    (role,) = await asked(database.url, _ROLE)
    assert [name for name, value in role.items() if value] == []


async def test_without_a_municipality_every_table_is_empty_and_takes_nothing(database: ServiceDatabase) -> None:
    """The owner, too, sees nothing: the rows are the tenants'. A table may be closed to the service altogether."""
    names = {row["name"] for row in await asked(database.owner_url, _TABLES, _POLICY)} - WITHOUT_TENANT
    for name, url in product(sorted(names), (database.url, database.owner_url)):
        assert await asked(url, f"SELECT count(*) FROM {name}") == [(0,)]  # noqa: S608 - a table of ours
        refusal = "row-level security" if url == database.owner_url else "row-level security|permission denied"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=refusal):
            await asked(url, f"INSERT INTO {name} (municipality) VALUES ('gm0637')")  # noqa: S608 - a table of ours


async def test_the_log_and_its_audits_can_only_grow(database: ServiceDatabase) -> None:
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE", "TRUNCATE"):
            query = "SELECT has_table_privilege(current_user, $1, $2)"
            assert await asked(database.url, query, table, verb) == [(False,)], f"{verb} {table}"


async def test_a_table_without_forced_security_is_found(service_database: Callable[[str], ServiceDatabase]) -> None:
    database = service_database("recruitment")
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute("CREATE TABLE loose (municipality text NOT NULL)")
        await connection.execute("ALTER TABLE candidate NO FORCE ROW LEVEL SECURITY")
        rows = list(await connection.fetch(_TABLES, _POLICY))
    finally:
        await connection.close()
    assert unprotected(rows) == ["candidate", "loose"]
