"""Two people for an account, on the database of the last version: what was paid stays payable, what never was waits."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the helpers stand beside the tests, which are no package

from last_version import LastVersion

from shared.database.migrations import upgrade

_PAID = """
SELECT c.id, c.municipality FROM charge c JOIN payment_instruction i ON i.municipality = c.municipality
AND i.holder = 'charge:' || c.id AND i.iban = c.iban
WHERE c.charge_id IS NULL AND NOT c.needs_confirmation AND c.iban IS NOT NULL
AND NOT EXISTS (SELECT FROM payment_refusal r WHERE r.instruction_id = i.id)
"""
_COPY = """
INSERT INTO {table} OVERRIDING USER VALUE SELECT (jsonb_populate_record(
    NULL::{table}, to_jsonb(t) || jsonb_build_object('id', $2::uuid, 'code', 'nieuw', 'iban', $3::text)
)).* FROM {table} t WHERE t.{key} = $1 LIMIT 1
"""
_REFUSE = """
INSERT INTO payment_refusal (municipality, instruction_id, reason_code, refused_on, message_sha256)
SELECT i.municipality, i.id, 'AC04', '2026-01-01', 'x' FROM payment_instruction i
JOIN charge c ON i.holder = 'charge:' || c.id WHERE c.id = $1 ON CONFLICT DO NOTHING
"""
IBAN = "NL20INGB0001234567"


@pytest.fixture(scope="module")
def last_version(postgres: str) -> Iterator[LastVersion]:
    last = LastVersion(postgres)
    yield last
    asyncio.run(last.drop())


async def read(connection: asyncpg.Connection, table: str, id_: UUID) -> tuple[bool, str | None]:
    """Whether an account needs a confirmation, and who gave it."""
    query = (
        f"SELECT needs_confirmation, c.recorded_by FROM {table} v LEFT JOIN iban_confirmation c ON c.version_id = v.id"  # noqa: S608 - names of our own tables
    )
    row = await connection.fetchrow(f"{query} WHERE v.id = $1", id_)
    assert row is not None
    return row["needs_confirmation"], row["recorded_by"]


async def test_what_was_paid_before_is_confirmed_with_a_mark_and_what_never_was_waits(
    last_version: LastVersion,
) -> None:
    database = await last_version.copy("ontzorgen")
    connection = await last_version.connect(database.url)
    paid = [row["id"] for row in await connection.fetch(_PAID)]
    assert len(set(paid)) >= 2
    well_paid, refused = list(dict.fromkeys(paid))[:2]
    never_paid, unused = uuid4(), uuid4()
    await connection.execute(_REFUSE, refused)
    await connection.execute(_COPY.format(table="charge", key="id"), well_paid, never_paid, IBAN)
    known = await connection.fetchval("SELECT id FROM creditor WHERE NOT needs_confirmation LIMIT 1")
    await connection.execute(_COPY.format(table="creditor", key="id"), known, unused, IBAN)
    await asyncio.to_thread(upgrade, "ontzorgen", database.owner_url)
    await connection.reload_schema_state()
    assert await read(connection, "charge", well_paid) == (False, "before this rule")
    for table, id_ in (("charge", refused), ("charge", never_paid), ("creditor", unused)):
        assert await read(connection, table, id_) == (True, None), (table, id_)
    await connection.close()
