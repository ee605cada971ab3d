"""Databases and their migrations: one database and five roles per service.

The owner runs migrations and nothing else; the service connects as the application role, to which row-level security
applies, and its relay as a role that alone moves the mark; operators and auditors have roles of their own. The local
runner and the tests call `prepare_database`; in production the platform creates the roles.
"""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool

from shared.database.address import CONNECT_SECONDS_MAX, DatabaseAddress
from shared.database.tenancy import application_role, auditor_role, operator_role, owner_role, relay_role

PASSWORD_DEFAULT = "meedoen"  # noqa: S105 - of local servers that ask for none
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class ServiceDatabase:
    """The addresses of a service's database, one per role: who migrates, serves, publishes, operates and audits."""

    owner_url: str
    url: str
    relay_url: str
    operator_url: str
    auditor_url: str


def upgrade(service: str, owner_url: str | DatabaseAddress) -> None:
    """Migrate the database of one service to the newest version of its tables."""
    command.upgrade(alembic_config(service, owner_url), "head")


def alembic_config(service: str, owner_url: str | DatabaseAddress) -> Config:
    """Return the configuration for the commands of Alembic."""
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "services" / service / "migrations"))
    config.attributes["address"] = DatabaseAddress.parse(owner_url)
    return config


def run(metadata: MetaData) -> None:
    """Migrate inside one transaction, as the owner; called by the `env.py` of each service."""
    address: DatabaseAddress = context.config.attributes["address"]

    def migrate(connection: Connection) -> None:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()

    async def connect() -> None:
        engine = address.create_engine(poolclass=pool.NullPool)
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(connect())


def prepare_database(admin_url: str | DatabaseAddress, service: str, *, name: str | None = None) -> ServiceDatabase:
    """Create the database and roles of a service, on a server where we may; what exists already stays."""
    admin = DatabaseAddress.parse(admin_url)
    database = name or f"meedoen_{service}"
    asyncio.run(_prepare(admin, service, database))
    return locate_database(admin, service, name=database)


def locate_database(admin: DatabaseAddress, service: str, *, name: str) -> ServiceDatabase:
    """Return the addresses of a database that `prepare_database` made, without looking."""
    with_password = replace(admin, password=admin.password or PASSWORD_DEFAULT)
    return ServiceDatabase(
        owner_url=with_password.at(name=name, user=owner_role(service)).url,
        **{f"{way}url": with_password.at(name=name, user=role).url for way, role in _roles(service).items()},
    )


def _roles(service: str) -> dict[str, str]:
    return {
        "": application_role(service),
        "relay_": relay_role(service),
        "operator_": operator_role(service),
        "auditor_": auditor_role(service),
    }


async def _prepare(admin: DatabaseAddress, service: str, database: str) -> None:
    roles, owner = _roles(service).values(), owner_role(service)
    connection = await admin.connect(timeout_seconds=CONNECT_SECONDS_MAX)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('meedoen.prepare'))")
        quoted = await connection.fetchval("SELECT quote_literal($1)", admin.password or PASSWORD_DEFAULT)
        for name in (owner, *roles):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                await connection.execute(
                    f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {quoted}"
                )
        await connection.execute(f"GRANT {owner} TO CURRENT_USER")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}" OWNER {owner}')
        await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {", ".join(roles)}')
    finally:
        await connection.close()
