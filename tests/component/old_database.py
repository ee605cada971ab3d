"""A database with the tables of an earlier revision, empty: for tests of what an upgrade makes of rows in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from alembic import command

from shared.database.migrations import ServiceDatabase, alembic_config, prepare_database


@asynccontextmanager
async def open_at(admin_url: str, revision: str) -> AsyncIterator[ServiceDatabase]:
    """Yield ontzorgen's database as it was at a revision; drop it afterwards."""
    name = f"old_{uuid4().hex[:8]}"
    database = await asyncio.to_thread(prepare_database, admin_url, "ontzorgen", name=name)
    try:
        await asyncio.to_thread(command.upgrade, alembic_config("ontzorgen", database.owner_url), revision)
        yield database
    finally:
        connection = await asyncpg.connect(admin_url)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()
