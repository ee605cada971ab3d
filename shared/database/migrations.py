"""Databases and their migrations: one database, one owner and one application role per service.

The owner runs migrations and nothing else; the service connects as the application role, to which row-level security
applies. The local runner and the tests call `prepare_database`; in production the platform creates both roles.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database.tenancy import application_role
from shared.database.transactions import driver_url

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ServiceDatabase:
    """The addresses of a service's database: `owner_url` for migrations, `url` for the service itself."""

    owner_url: str
    url: str


def upgrade(service: str, owner_url: str) -> None:
    """Migrate the database of one service to the newest version of its tables."""
    command.upgrade(alembic_config(service, owner_url), "head")


def alembic_config(service: str, owner_url: str) -> Config:
    """Return the configuration for the commands of Alembic."""
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "services" / service / "migrations"))
    config.attributes["url"] = owner_url
    return config


def run(metadata: MetaData) -> None:
    """Migrate inside one transaction, as the owner; called by the `env.py` of each service."""
    url: str = context.config.attributes["url"]

    def migrate(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()

    async def connect() -> None:
        engine = create_async_engine(driver_url(url), poolclass=pool.NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(connect())


def prepare_database(admin_url: str, service: str, *, name: str | None = None) -> ServiceDatabase:
    """Create the database and roles of a service, on a server where we may; what exists already stays."""
    database = name or f"meedoen_{service}"
    asyncio.run(_prepare(admin_url, service, database))
    return ServiceDatabase(
        owner_url=_replace_user(admin_url, f"{application_role(service)}_owner", database),
        url=_replace_user(admin_url, application_role(service), database),
    )


async def _prepare(admin_url: str, service: str, database: str) -> None:
    role, owner = application_role(service), f"{application_role(service)}_owner"
    password = urlsplit(admin_url).password or "meedoen"
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('meedoen.prepare'))")
        for name in (role, owner):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                quoted = await connection.fetchval("SELECT quote_literal($1)", password)
                await connection.execute(
                    f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {quoted}"
                )
        await connection.execute(f"GRANT {owner} TO CURRENT_USER")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}" OWNER {owner}')
        await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {role}')
    finally:
        await connection.close()


def _replace_user(url: str, user: str, database: str) -> str:
    parts = urlsplit(url)
    password = parts.password or "meedoen"
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{user}:{password}@{address}", f"/{database}", parts.query, ""))
