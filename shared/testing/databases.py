"""Databases for tests on a real server: each service is migrated once, then copied for every test that needs it.

A copy of a template costs a fraction of a second, starts empty and is dropped with its test, so tests commit freely.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import uuid4

from shared.database.address import CONNECT_SECONDS_MAX, DatabaseAddress
from shared.database.migrations import ServiceDatabase, prepare_database, upgrade

T = TypeVar("T")


def address_for(role: Callable[[str], str], database: str | DatabaseAddress, service: str) -> str:
    """Return the address of a test's database for another role of its service: they all have one password."""
    return DatabaseAddress.parse(database).at(user=role(service)).url


class TestDatabases:
    """Templates and copies on one server; `prefix` keeps several runs on one server apart."""

    __test__ = False  # a helper of tests, not a test

    def __init__(self, admin_url: str, prefix: str) -> None:
        self.admin_url = admin_url
        self._prefix = prefix
        self._templates: dict[str, str] = {}

    def copy(self, service: str) -> tuple[str, ServiceDatabase]:
        """Create an empty, migrated database of the service; return its name (for `drop`) and its addresses."""
        if service not in self._templates:
            self._templates[service] = self._migrate_template(service)
        name = f"{self._prefix}{service}_{uuid4().hex[:12]}"
        template = self._templates[service]
        statement = f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER meedoen_{service}_owner'
        _run_in_thread(lambda: asyncio.run(self._execute(statement)))
        return name, _run_in_thread(lambda: prepare_database(self.admin_url, service, name=name))

    def drop(self, name: str) -> None:
        _run_in_thread(lambda: asyncio.run(self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')))

    def drop_templates(self) -> None:
        for name in self._templates.values():
            self.drop(name)
        self._templates.clear()

    def _migrate_template(self, service: str) -> str:
        name = f"{self._prefix}template_{service}"
        database = _run_in_thread(lambda: prepare_database(self.admin_url, service, name=name))
        _run_in_thread(lambda: upgrade(service, database.owner_url))
        return name

    async def _execute(self, statement: str) -> None:
        connection = await DatabaseAddress.parse(self.admin_url).connect(timeout_seconds=CONNECT_SECONDS_MAX)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _run_in_thread(work: Callable[[], T]) -> T:
    """Run in a thread of its own: the caller may have a running event loop, and migrations start one themselves."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(work).result()
