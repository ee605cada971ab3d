"""Restore the databases of the last version from their dumps, and read what migrations must keep.

The dumps hold rows in every table; beside them stand the figures and the answers that the last version gave. Whoever
changes a table on purpose names it in `CHANGED_ON_PURPOSE`; the list is emptied when a new dump is made.
"""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from shared.database.migrations import ServiceDatabase, prepare_database, upgrade

FOLDER = Path(__file__).parents[2] / "examples" / "databases"
FIGURES, ANSWERS = FOLDER / "figures.json", FOLDER / "answers.json.gz"
# Service -> "table" or "table.column" -> why it is not as it was. Looked at by nothing else from then on.
CHANGED_ON_PURPOSE: Mapping[str, Mapping[str, str]] = {
    "ontzorgen": {
        "public.household_situation": "what was derived without the discounts of creditors is derived anew",
        "public.steady_household": "the charges of recurring months too",
        "public.iban_confirmation": "accounts that were paid before two people were needed are confirmed as such",
        "public.charge.needs_confirmation": "an account on which nothing was paid yet needs a second person",
        "public.attachment.needs_confirmation": "that of an attachment too",
        "public.creditor.needs_confirmation": "and that of a creditor",
    }
}

_TABLES = """
SELECT format('%I.%I', space.nspname, class.relname) AS name,
    array_agg(quote_ident(attribute.attname) ORDER BY attribute.attname) AS columns
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attnum > 0 AND NOT attisdropped
WHERE space.nspname IN ('public', 'messaging') AND class.relkind IN ('r', 'p') AND NOT class.relispartition
GROUP BY 1 ORDER BY 1
"""
_ROWS = """
SELECT count(*) AS rows, md5(coalesce(string_agg(digest, '' ORDER BY digest), '')) AS digest
FROM (SELECT md5(ROW({columns})::text) AS digest FROM {table}) AS digests
"""
_SEQUENCES = "SELECT schemaname || '.' || sequencename AS name, last_value FROM pg_sequences ORDER BY 1"

_OF_MESSAGING = {
    "events published": "SELECT topic, count(*), max(position) FROM messaging.outbox GROUP BY topic",
    "mark of the relay": "SELECT generation, position_done FROM messaging.relay_mark",
    "events consumed": "SELECT count(*) FROM messaging.inbox",
    "events held": "SELECT state, reason, count(*), sum(attempts) FROM messaging.held GROUP BY state, reason",
    "decisions on held events": "SELECT action, count(*) FROM messaging.held_audit GROUP BY action",
    "readings of files": "SELECT municipality, count(*) FROM access_log GROUP BY municipality",
}
_OF_SERVICE = {
    "recruitment": {
        "candidates": "SELECT municipality, target_group, count(*) FROM candidate GROUP BY 1, 2",
        "credits by ambassador": "SELECT ambassador_id, count(*) FROM credit GROUP BY 1",
        "people reached": "SELECT channel, sum(people_reached) FROM outreach GROUP BY 1",
    },
    "intake": {
        "newcomers by clock": """
            SELECT municipality, count(*), count(intake_completed_on), count(plan_signed_on), count(pip_missed_on),
                count(pip_due_on) FROM newcomer GROUP BY 1""",
        "plans by route": "SELECT route, relief_agreed, count(*), count(signed_on) FROM plan GROUP BY 1, 2",
        "advice": "SELECT advised_route, decided_route, count(*) FROM broad_intake GROUP BY 1, 2",
    },
    "ontzorgen": {
        "ledger by account": """
            SELECT municipality, account, sum(amount_cents), count(*) FROM ledger_line GROUP BY 1, 2""",
        "ledger totals by account": """
            SELECT municipality, account, sum(amount_cents), sum(lines) FROM ledger_total GROUP BY 1, 2""",
        "months": """
            SELECT municipality, month, count(*), sum(norm_cents), sum(deducted_cents), sum(remainder_cents),
                sum(shortfall_cents), sum(correction_cents) FROM statement GROUP BY 1, 2""",
        "runs": """
            SELECT municipality, month, state, households, payments, deducted_cents, remainder_cents, content_sha256
            FROM run""",
        "paid by the bank": """
            SELECT outcome, count(*), sum(amount_cents) FROM bank_entry GROUP BY 1""",
        "tasks by kind": """
            SELECT municipality, kind, count(*), count(done_on), sum(amount_cents) FROM task GROUP BY 1, 2""",
        "households in relief": """
            SELECT municipality, count(*), sum(months_run), count(ended_on), min(next_month)
            FROM household GROUP BY 1""",
        "charges": "SELECT kind, count(*), sum(amount_cents) FROM charge GROUP BY 1",
    },
    "notifications": {
        "messages": "SELECT municipality, template, language, state, count(*) FROM message GROUP BY 1, 2, 3, 4",
        "contacts": "SELECT municipality, channel, language, count(*) FROM contact GROUP BY 1, 2, 3",
    },
}


@dataclass(frozen=True)
class Table:
    """A table's columns, how many rows it has, and a digest of all of them."""

    columns: tuple[str, ...]
    rows: int
    digest: str


class LastVersion:
    """The dumps on one server: each put back once, then copied for whoever asks."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._prefix = f"last_{uuid4().hex[:8]}_"
        self._templates: dict[str, str] = {}
        self._upgraded: dict[str, ServiceDatabase] = {}
        self._names: list[str] = []

    async def copy(self, service: str) -> ServiceDatabase:
        """A database of the last version, as it was dumped."""
        name = f"{self._prefix}{service}_{len(self._names)}"
        template = await self.prepare_template(service)
        await execute(self._admin_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER meedoen_{service}_owner')
        self._names.append(name)
        return await asyncio.to_thread(prepare_database, self._admin_url, service, name=name)

    async def provide_upgraded(self, service: str) -> ServiceDatabase:
        """A database with the tables of today, migrated by their owner: for tests that change none of its rows."""
        if service not in self._upgraded:
            self._upgraded[service] = await self.copy_and_upgrade(service)
        return self._upgraded[service]

    async def copy_and_upgrade(self, service: str) -> ServiceDatabase:
        database = await self.copy(service)
        await asyncio.to_thread(upgrade, service, database.owner_url)
        return database

    async def prepare_template(self, service: str) -> str:
        """The name of the database that copies are taken from; nobody may be connected to it then."""
        if service not in self._templates:
            name = f"{self._prefix}{service}"
            await asyncio.to_thread(prepare_database, self._admin_url, service, name=name)
            self._names.append(name)
            await execute(self.get_admin_url(name), read_dump(service))
            self._templates[service] = name
        return self._templates[service]

    def get_admin_url(self, database_url: str) -> str:
        """The address of a database (by its name or address) as the one whom row-level security does not bind."""
        return f"{self._admin_url.rpartition('/')[0]}/{database_url.rpartition('/')[2]}"

    async def connect(self, database_url: str) -> asyncpg.Connection:
        settings = {"timezone": "UTC", "datestyle": "ISO"}
        return await asyncpg.connect(self.get_admin_url(database_url), server_settings=settings)

    @contextlib.asynccontextmanager
    async def open_dumped(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection to the database as it was dumped; whatever is changed over it is rolled back."""
        connection = await self.connect(await self.prepare_template(service))
        change = connection.transaction()
        try:
            await change.start()
            yield connection
            await change.rollback()
        finally:
            await connection.close()

    async def drop(self) -> None:
        """All at once: each waits for a checkpoint, and they share one."""
        statements = (f'DROP DATABASE "{name}" WITH (FORCE)' for name in self._names)
        await asyncio.gather(*(execute(self._admin_url, statement) for statement in statements))


async def execute(url: str, script: str) -> None:
    """Run a script in one go, as psql would run a file."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def get_dump_path(service: str) -> Path:
    return FOLDER / f"{service}.sql.gz"


def read_dump(service: str) -> str:
    return gzip.decompress(get_dump_path(service).read_bytes()).decode("utf-8")


def read_recorded(path: Path) -> dict[str, Any]:
    """What was recorded when the dumps were made."""
    content = path.read_bytes()
    recorded: dict[str, Any] = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return recorded


async def read_tables(
    connection: asyncpg.Connection, columns_of: Mapping[str, Table] | None = None
) -> dict[str, Table]:
    """Every table with its rows; with `columns_of`, the digests are over those columns as far as they are there."""
    tables: dict[str, Table] = {}
    for entry in await connection.fetch(_TABLES):
        columns = tuple(entry["columns"])
        if columns_of is not None and entry["name"] in columns_of:
            columns = tuple(name for name in columns_of[entry["name"]].columns if name in columns)
        # Names come quoted from the catalogue.
        row = await connection.fetchrow(_ROWS.format(columns=", ".join(columns), table=entry["name"]))
        tables[entry["name"]] = Table(columns, row["rows"], row["digest"])
    return tables


async def read_sequences(connection: asyncpg.Connection) -> dict[str, int | None]:
    return {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}


async def read_figures(service: str, connection: asyncpg.Connection) -> dict[str, list[list[str]]]:
    """Sums and counts that a person would ask for, as text in a fixed order."""
    figures: dict[str, list[list[str]]] = {}
    for name, query in (_OF_MESSAGING | _OF_SERVICE[service]).items():
        rows = await connection.fetch(query)
        figures[name] = sorted(["" if value is None else str(value) for value in row] for row in rows)
    return figures


def exclude_changed(tables: Mapping[str, Table], changed: Mapping[str, str]) -> dict[str, Table]:
    """The tables and columns that were not changed on purpose."""
    kept: dict[str, Table] = {}
    for name, table in tables.items():
        if name not in changed:
            columns = tuple(column for column in table.columns if f"{name}.{column}" not in changed)
            kept[name] = Table(columns, table.rows, table.digest)
    return kept


def find_losses(before: Mapping[str, Table], after: Mapping[str, Table]) -> list[str]:
    """A sentence for each table that is not as it was; tables and columns that are new are none."""
    return [sentence for name, table in before.items() if (sentence := _describe_loss(name, table, after.get(name)))]


def _describe_loss(name: str, before: Table, after: Table | None) -> str | None:
    if after is None:
        return f"{name} is gone with its {before.rows} rows"
    if gone := [column for column in before.columns if column not in after.columns]:
        return f"{name} has lost {', '.join(gone)}"
    if before.rows != after.rows:
        return f"{name} has {after.rows} rows and had {before.rows}"
    return None if before.digest == after.digest else f"{name} has other values in the columns that it had"


def find_empty_tables(tables: Mapping[str, Table]) -> list[str]:
    return [name for name, table in tables.items() if table.rows == 0]
