"""Objects of two municipalities in one database, alike but for their ids: those of a season, and a twin of each.

The season is the one of the last version's dumps, with ids as they are today. What it lacks is made over HTTP.
"""

import re
from collections.abc import Mapping
from typing import Final

import asyncpg

OWN, OTHER = "gm0637", "gm0080"
UUID_IN_TEXT: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DERIVED: Final = re.compile(r"\b([0-9a-f]{8}-[0-9a-f]{4})-5([0-9a-f]{3}-[89ab])")
# Which column of which table holds the ids that a path or body names so.
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "recruitment": {"person_id": "candidate.id", "ambassador_id": "ambassador.id"},
    "intake": {"person_id": "newcomer.id", "plan_id": "plan.id"},
    "notifications": {"person_id": "contact.person_id", "message_id": "message.id"},
    "ontzorgen": {
        "household_id": "household.id",
        "charge_id": "charge.id",
        "version_id": "charge.id",
        "mandate_id": "mandate.id",
        "task_id": "task.id",
        "run_id": "run.id",
        "loan_id": "relief_grant.id",
        "regeldag_id": "regeldag.id",
        "account_id": "bank_account.id",
        "file_id": "payment_file.id",
        "payment_id": "payment_instruction.id",
        "coach_id": "coach.id",
        "enrolment_id": "enrolment.id",
        "mother_id": "neighbourhood_mother.id",
        "agreement_id": "discount_agreement.id",
    },
}
_TENANT_TABLES = """
SELECT c.relname AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND EXISTS (SELECT FROM pg_attribute m WHERE m.attrelid = c.oid AND m.attname = 'municipality')
GROUP BY 1
"""
# Another first digit makes another id of every id.
_TWIN = r"""
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE
SELECT {columns} FROM (
    SELECT (jsonb_populate_record(NULL::{table}, regexp_replace(replace(to_jsonb(t)::text, '{own}', '{other}'),
        '[0-9a-f]([0-9a-f]{{7}}-[0-9a-f]{{4}}-[47][0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}})', 'b\1', 'g'
    )::jsonb)).* FROM {table} t WHERE municipality = '{own}') twins
"""


def renew_ids(dump: str) -> str:
    """Give the ids that the season derived from names the version of random ones, wherever they stand."""
    return _DERIVED.sub(r"\1-4\2", dump)


async def make_twins(connection: asyncpg.Connection) -> None:
    """Replace everything of the other municipality by twins of what this one has; only a superuser may."""
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in await connection.fetch(_TENANT_TABLES):
            name, columns = f'"{table["name"]}"', ", ".join(table["columns"])
            await connection.execute(f"DELETE FROM {name} WHERE municipality = '{OTHER}'")  # noqa: S608 - of the catalogue
            await connection.execute(_TWIN.format(table=name, columns=columns, own=OWN, other=OTHER))


async def read_ids(connection: asyncpg.Connection, service: str) -> dict[str, dict[str, list[str]]]:
    """Return some ids of every kind, by municipality and by the name that paths and bodies give them."""
    found: dict[str, dict[str, list[str]]] = {OWN: {}, OTHER: {}}
    for name, source in TABLES[service].items():
        table, column = source.split(".")
        for municipality, ids in found.items():
            query = f'SELECT {column}::text AS id FROM "{table}" WHERE municipality = $1 ORDER BY 1 LIMIT 20'  # noqa: S608 - of TABLES
            ids[name] = [row["id"] for row in await connection.fetch(query, municipality)]
    return found


async def read_all_ids(connection: asyncpg.Connection, municipality: str) -> frozenset[str]:
    """Return every UUID in every row of a municipality."""
    found: set[str] = set()
    for table in await connection.fetch(_TENANT_TABLES):
        query = f'SELECT to_jsonb(t)::text AS row FROM "{table["name"]}" t WHERE municipality = $1'  # noqa: S608 - as above
        for row in await connection.fetch(query, municipality):
            found.update(UUID_IN_TEXT.findall(row["row"]))
    return frozenset(found)
