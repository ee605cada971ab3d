"""An operator's work on held events and on the log, for `meedoen parked` and `meedoen replay`.

A service's database is found by --database-url, else DATABASE_URL_NAME in the environment, else the local state folder.
It works whether the service is running or not. Every refusal is a LocalError: one sentence.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from meedoen.stack.errors import LocalError
from meedoen.stack.processes import wait_until
from meedoen.stack.service_names import require_service_name
from meedoen.stack.state import read_run
from shared.database.address import DatabaseAddress
from shared.messaging import held
from shared.messaging.held import HeldEvent, HeldView
from shared.messaging.outcome import HoldReason
from shared.messaging.relay import BACKLOG, LOCK_KEY
from shared.service_names import SERVICES

CONNECT_SECONDS_MAX = 5.0
COMMAND_SECONDS_MAX = 60.0
REPLAY_SECONDS_MAX = 3600.0
REPLAY_LOOK_SECONDS = 0.25
STATES = ("parked", "retrying", "waiting", "discarded")

_RELAY_RUNS = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND classid = $1::oid AND objid = $2::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@dataclass(frozen=True)
class DatabaseLocation:
    """A service and the address of its database."""

    service: str
    url: str


@dataclass(frozen=True)
class Office:
    """Whose addresses are looked for: in variables with this prefix, or in this field of a local run's databases."""

    prefix: str
    field: str


OPERATORS = Office("DATABASE_URL", "operator_url")
AUDITORS = Office("AUDIT_DATABASE_URL", "auditor_url")


def find_databases(
    service: str | None, *, database_url: str | None, state_dir: Path, who: Office = OPERATORS
) -> list[DatabaseLocation]:
    """Return the database of one service, or of all that are known here, as operators or auditors reach it."""
    if service is not None:
        require_service_name(service)
    if database_url is not None:
        if service is None:
            raise LocalError("A database address belongs to one service: name it with --service.")
        return [DatabaseLocation(service, require_address(database_url, "--database-url").url)]
    databases = _collect_databases(state_dir, who)
    if service is None and databases:
        return list(databases.values())
    if service is not None and service in databases:
        return [databases[service]]
    variable = f"{who.prefix}_{(service or 'NAME').upper()}"
    raise LocalError(
        f"No database of {service or 'any service'} is known here: give --database-url or {variable}, "
        f"or name the folder of a local run with --state ({state_dir} holds none)."
    )


@asynccontextmanager
async def open_connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a connection to a service's database; LocalError if it does not answer or is not a service's database."""
    address = require_address(url, "The address")
    try:
        connection = await address.connect(
            timeout_seconds=CONNECT_SECONDS_MAX, command_timeout_seconds=COMMAND_SECONDS_MAX
        )
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise LocalError(
            f"The database at {address} refuses the connection ({type(problem).__name__}): "
            "check that it runs (meedoen up) and that the address is right."
        ) from problem
    try:
        yield connection
    except asyncpg.UndefinedTableError as problem:
        raise LocalError(
            f"The database at {address} does not belong to a service: give the address of one that does."
        ) from problem
    except asyncpg.UndefinedColumnError as problem:
        raise LocalError(
            f"The tables of the database at {address} are of another version: "
            "run meedoen migrate SERVICE first, with the same version of this program."
        ) from problem
    finally:
        await connection.close()


def list_events(
    databases: Sequence[DatabaseLocation], *, states: Sequence[str] = ("parked",), reason: HoldReason | None = None
) -> list[tuple[str, HeldView]]:
    """Return each held event with its service, oldest first within each service."""

    async def read(database: DatabaseLocation) -> list[tuple[str, HeldView]]:
        async with open_connection(database.url) as connection:
            views = await held.list_held(connection, states=states, reason=reason)
        return [(database.service, view) for view in views]

    return [pair for database in databases for pair in asyncio.run(read(database))]


@dataclass(frozen=True)
class HeldEventDetails:
    """One held event in full; `envelope` is None if the message cannot be read as an event."""

    service: str
    view: HeldView
    envelope: dict[str, Any] | None
    behind: list[HeldEvent]


def get_event(databases: Sequence[DatabaseLocation], event_id: UUID, *, with_data: bool) -> HeldEventDetails:
    """Return the event with this id from the first database that holds it, else from one that discarded it.

    Its data are left out unless `with_data`.
    """
    matches = [
        details for database in databases if (details := _find_in(database, event_id, with_data=with_data)) is not None
    ]
    if not matches:
        raise _not_found_error(event_id, databases)
    return min(matches, key=lambda details: details.view.event.state == "discarded")


def _find_in(database: DatabaseLocation, event_id: UUID, *, with_data: bool) -> HeldEventDetails | None:
    async def read() -> HeldEventDetails | None:
        async with open_connection(database.url) as connection:
            for view in await held.list_held(connection, states=STATES, event_id=event_id):
                behind = await held.list_waiting_behind(connection, view.event)
                return HeldEventDetails(
                    database.service, view, _envelope(view.event.payload, with_data=with_data), behind
                )
        return None

    return asyncio.run(read())


def release_events(
    databases: Sequence[DatabaseLocation], *, event_id: UUID | None, reason: HoldReason | None, actor: str, because: str
) -> list[tuple[str, UUID]]:
    """Release parked events for a retry: one, those parked for a reason, or all. LocalError if there is none."""

    async def release(database: DatabaseLocation) -> list[tuple[str, UUID]]:
        async with open_connection(database.url) as connection:
            event_ids = await held.release(connection, event_id=event_id, reason=reason, actor=actor, because=because)
        return [(database.service, released_id) for released_id in event_ids]

    released = [pair for database in databases for pair in asyncio.run(release(database))]
    if released:
        return released
    if event_id is not None:
        state = get_event(databases, event_id, with_data=False).view.event.state
        raise LocalError(f"Event {event_id} is {state}: only a parked or retrying event can be released.")
    where = ", ".join(database.service for database in databases)
    why = "" if reason is None else f" for {reason.value}"
    raise LocalError(f"Nothing is parked{why} in {where}, so nothing was released.")


def discard_event(
    databases: Sequence[DatabaseLocation], event_id: UUID, *, actor: str, because: str
) -> list[HeldEventDetails]:
    """Discard an event for this reason in every database that holds it; the events behind it continue.

    Return the event as it was in each of them; it is kept with the reason.
    """
    if not because.strip():
        raise LocalError("Discarding needs a reason that the audit can keep: give it with --because.")
    found_in = [
        (database, details)
        for database in databases
        if (details := _find_in(database, event_id, with_data=False)) is not None
    ]
    if not found_in:
        raise _not_found_error(event_id, databases)

    async def discard(database: DatabaseLocation) -> bool:
        async with open_connection(database.url) as connection:
            return await held.discard(connection, event_id, actor=actor, because=because.strip())

    discarded = [details for database, details in found_in if asyncio.run(discard(database))]
    if not discarded:
        was_discarded = all(details.view.event.state == "discarded" for _, details in found_in)
        outcome = "discarded before" if was_discarded else "handled in the meantime"
        raise LocalError(f"Event {event_id} was {outcome}, so there is nothing to discard.")
    return discarded


@dataclass(frozen=True)
class StartedReplay:
    """A replay that was requested; `is_running` says whether a relay is running that publishes it now."""

    facts: int
    is_running: bool


def start_replay(database: DatabaseLocation, first_position: int, *, actor: str) -> StartedReplay:
    """Queue the service's log for publication from this position; its relay publishes it as soon as it runs."""
    if first_position < 1:
        raise LocalError(f"Position {first_position} does not exist: the log begins at 1.")

    async def start() -> StartedReplay:
        async with open_connection(database.url) as connection:
            because = f"From position {first_position}."
            facts = await held.replay(connection, first_position, actor=actor, because=because)
            return StartedReplay(facts, await connection.fetchval(_RELAY_RUNS, LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF))

    return asyncio.run(start())


def follow_replay(database: DatabaseLocation, progress: Callable[[int], None]) -> None:
    """Report how many events are left until none is; LocalError if the relay ends meanwhile."""

    def is_out() -> bool:
        depth, runs = asyncio.run(read())
        progress(depth)
        if depth and not runs:
            raise LocalError(
                f"{database.service} is no longer running; it publishes the other {depth} events when it starts."
            )
        return depth == 0

    async def read() -> tuple[int, bool]:
        async with open_connection(database.url) as connection:
            (backlog,) = await connection.fetch(BACKLOG)
            return backlog["depth"], await connection.fetchval(_RELAY_RUNS, LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF)

    wait_until(
        is_out,
        deadline_seconds=REPLAY_SECONDS_MAX,
        failure=lambda: (
            f"{database.service} is still publishing its log after {REPLAY_SECONDS_MAX:.0f} s: see meedoen status."
        ),
        interval_seconds=REPLAY_LOOK_SECONDS,
    )


def _collect_databases(state_dir: Path, who: Office) -> dict[str, DatabaseLocation]:
    run = read_run(state_dir.resolve())
    databases = run.databases if run else {}
    local = {name: DatabaseLocation(name, getattr(database, who.field)) for name, database in databases.items()}
    return {**local, **{database.service: database for database in _databases_from_environment(who)}}


def _databases_from_environment(who: Office) -> Iterator[DatabaseLocation]:
    for service in SERVICES:
        name = f"{who.prefix}_{service.upper()}"
        if url := os.environ.get(name):
            yield DatabaseLocation(service, require_address(url, name).url)


def require_address(url: str, what: str) -> DatabaseAddress:
    """Return a database's address; LocalError if it is none, or asks for what is not heeded."""
    try:
        return DatabaseAddress.parse(url)
    except ValueError as problem:
        raise LocalError(f"{what} does not look right. {problem}") from None


def _envelope(payload: bytes | None, *, with_data: bool) -> dict[str, Any] | None:
    try:
        document = json.loads(payload or b"")
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    return (
        document
        if with_data
        else {name: value for name, value in document.items() if not name.startswith("data_") and name != "data"}
    )


def _not_found_error(event_id: UUID, databases: Sequence[DatabaseLocation]) -> LocalError:
    where = ", ".join(database.service for database in databases)
    return LocalError(f"No event {event_id} is held in {where}: meedoen parked list shows those that are.")
