"""The databases of a run, one per service, migrated: on a PostgreSQL of our own or on the server in DATABASE_URL."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from meedoen.stack.errors import LocalError
from meedoen.stack.postgres import find_postgres, start_postgres
from meedoen.stack.processes import Progress
from meedoen.stack.state import DatabaseState, RunState
from shared.database.address import DatabaseAddress

DATABASE_SETTING = "DATABASE_URL"
CONNECT_SECONDS_MAX = 10.0
T = TypeVar("T")


def ensure_admin_url(run: RunState, *, parent_pid: int | None, progress: Progress) -> str:
    """Return the address of a user that may create databases; start the server if it is ours and is down."""
    home, url_setting = Path(run.home), os.environ.get(DATABASE_SETTING)
    if run.admin_url is None and (url_setting is None or run.databases):
        if url_setting is not None:
            raise _other_server_error(home)
        if find_postgres(home) is None:
            progress("Starting PostgreSQL ...")
        return start_postgres(home, parent_pid=parent_pid).admin_url
    if run.admin_url is not None and url_setting not in (None, run.admin_url):
        raise _other_server_error(home)
    run.admin_url = url_setting or run.admin_url
    assert run.admin_url is not None  # noqa: S101 - one of the two is there
    _check_reachable(run.admin_url)
    return run.admin_url


def prepare_service_database(run: RunState, admin_url: str, service: str, *, is_temporary: bool) -> None:
    """Create the service's database if it is missing and migrate it to the newest version of its tables.

    On a server of someone else, a temporary run gets databases with names of its own.
    """
    from shared.database.migrations import prepare_database, upgrade

    name = f"meedoen_{run.run_id[:8]}_{service}" if is_temporary and run.admin_url is not None else None

    def create() -> DatabaseState:
        database = prepare_database(admin_url, service, name=name)
        upgrade(service, database.owner_url)
        return DatabaseState(**asdict(database))

    try:
        run.databases[service] = run_in_thread(create)
    except LocalError:
        raise
    except Exception as problem:
        reason = str(problem).strip().partition("\n")[0]
        raise LocalError(
            f"The database of {service} could not be prepared at {_show(admin_url)} ({reason}): "
            "fix that and start again."
        ) from problem


def republish_log(url: str) -> int:
    """Queue a service's whole log for publication to a new, empty broker; return the number of events."""
    from meedoen.stack.operations import open_connection
    from shared.messaging import held

    async def republish() -> int:
        async with open_connection(url) as connection:
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM messaging.outbox)"):
                return 0
            return await held.replay(connection, 1, actor="meedoen up", because="The broker was new and empty.")

    return run_in_thread(lambda: asyncio.run(republish()))


def drop_databases(run: RunState) -> None:
    """Delete the databases of a temporary run from a server of someone else."""
    from meedoen.stack.operations import open_connection

    async def drop() -> None:
        assert run.admin_url is not None  # noqa: S101 - only called for a server that was given
        async with open_connection(run.admin_url) as connection:
            for database in run.databases.values():
                name = DatabaseAddress.parse(database.url).name
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    run_in_thread(lambda: asyncio.run(drop()))


def run_in_thread(work: Callable[[], T]) -> T:
    """Run code that starts an event loop of its own in a thread, so that it also works inside a running loop."""
    with ThreadPoolExecutor(1, thread_name_prefix="meedoen-apart") as pool:
        return pool.submit(work).result()


def _check_reachable(url: str) -> None:
    import asyncpg

    async def connect() -> None:
        connection = await DatabaseAddress.parse(url).connect(timeout_seconds=CONNECT_SECONDS_MAX)
        await connection.close()

    try:
        run_in_thread(lambda: asyncio.run(connect()))
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise LocalError(
            f"PostgreSQL at {_show(url)} refuses the connection ({type(problem).__name__}): "
            f"check that it runs and that {DATABASE_SETTING} is postgresql://USER:PASSWORD@HOST:PORT/postgres "
            "of a user that may create databases."
        ) from problem


def _other_server_error(home: Path) -> LocalError:
    return LocalError(
        f"The databases of {home} are on another server than the one in {DATABASE_SETTING}: "
        "unset it, or choose another folder with --state."
    )


def _show(url: str) -> str:
    """Return host, port and name of an address, which may be wrong."""
    try:
        return str(DatabaseAddress.parse(url))
    except ValueError:
        return f"the address in {DATABASE_SETTING}"
