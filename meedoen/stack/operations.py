"""An operator's work on held events and on the log, for `meedoen parked` and `meedoen replay`.

A service's database is found by --database-url, else DATABASE_URL_NAME in the environment, else the local state
folder. Works whether the service runs or not. Every refusal is a LocalError: one sentence.
"""

import asyncio
import getpass
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
from meedoen.stack.service_names import known_service
from meedoen.stack.state import read_run
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
class Place:
    """Which service's database, and where it is."""

    service: str
    url: str


def find_places(service: str | None, *, database_url: str | None, state_dir: Path) -> list[Place]:
    """The database of one service, or of all that are known here."""
    if service is not None:
        known_service(service)
    if database_url is not None:
        if service is None:
            raise LocalError("A database address is of one service: name it with --service.")
        return [Place(service, _checked(database_url, "--database-url"))]
    places = _known_places(state_dir)
    if service is None and places:
        return list(places.values())
    if service is not None and service in places:
        return [places[service]]
    wanted = f"DATABASE_URL_{(service or 'NAME').upper()}"
    raise LocalError(
        f"No database of {service or 'any service'} is known here: give --database-url or {wanted}, "
        f"or name the folder of a local run with --state ({state_dir} holds none)."
    )


def actor_name(given: str | None) -> str:
    """Who is at the keyboard, for the audit."""
    if given is not None and not given.strip():
        raise LocalError("The actor is empty: give a name that the audit can keep.")
    try:
        return given or getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a service's database; LocalError when it does not answer or is none."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS_MAX, command_timeout=COMMAND_SECONDS_MAX)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise LocalError(
            f"The database at {_shown(url)} does not let us in ({type(problem).__name__}): see that it runs "
            "(meedoen up) and that the address is right."
        ) from problem
    try:
        yield connection
    except asyncpg.UndefinedTableError as problem:
        raise LocalError(f"The database at {_shown(url)} is no service's: give the address of one.") from problem
    except asyncpg.UndefinedColumnError as problem:
        raise LocalError(
            f"The tables of the database at {_shown(url)} are of another version: run meedoen migrate SERVICE first, "
            "with the same version of this program."
        ) from problem
    finally:
        await connection.close()


def list_events(
    places: Sequence[Place], *, states: Sequence[str] = ("parked",), reason: HoldReason | None = None
) -> list[tuple[str, HeldView]]:
    """Service and held event, oldest first within each service."""

    async def look(place: Place) -> list[tuple[str, HeldView]]:
        async with connected(place.url) as connection:
            views = await held.list_held(connection, states=states, reason=reason)
        return [(place.service, view) for view in views]

    return [pair for place in places for pair in asyncio.run(look(place))]


@dataclass(frozen=True)
class Shown:
    """One held event in full; `envelope` is None when the message is no event that can be read."""

    service: str
    view: HeldView
    envelope: dict[str, Any] | None
    behind: list[HeldEvent]


def show_event(places: Sequence[Place], event_id: UUID, *, with_data: bool) -> Shown:
    """The event with this id in the first place that holds it, or else kept it; its data only when asked for."""
    found = [one for place in places if (one := _shown_in(place, event_id, with_data=with_data)) is not None]
    if not found:
        raise _unknown(event_id, places)
    return min(found, key=lambda one: one.view.event.state == "discarded")


def _shown_in(place: Place, event_id: UUID, *, with_data: bool) -> Shown | None:
    async def look() -> Shown | None:
        async with connected(place.url) as connection:
            for view in await held.list_held(connection, states=STATES, event_id=event_id):
                behind = await held.list_waiting_behind(connection, view.event)
                return Shown(place.service, view, _envelope(view.event.payload, with_data=with_data), behind)
        return None

    return asyncio.run(look())


def release_events(
    places: Sequence[Place], *, event_id: UUID | None, reason: HoldReason | None, actor: str, because: str
) -> list[tuple[str, UUID]]:
    """Let parked events be tried anew: one, those parked for a reason, or all. LocalError when there is none."""

    async def let_go(place: Place) -> list[tuple[str, UUID]]:
        async with connected(place.url) as connection:
            freed = await held.release(connection, event_id=event_id, reason=reason, actor=actor, because=because)
        return [(place.service, one) for one in freed]

    released = [pair for place in places for pair in asyncio.run(let_go(place))]
    if released:
        return released
    if event_id is not None:
        state = show_event(places, event_id, with_data=False).view.event.state
        raise LocalError(f"Event {event_id} is {state}: only a parked or retrying event can be released.")
    where = ", ".join(place.service for place in places)
    why = "" if reason is None else f" for {reason.value}"
    raise LocalError(f"Nothing is parked{why} in {where}, so nothing was released.")


def discard_event(places: Sequence[Place], event_id: UUID, *, actor: str, because: str) -> list[Shown]:
    """Give an event up for this reason, in every place that holds it; it is kept, and what waited behind it goes on.

    Returns it as it was in each of them.
    """
    if not because.strip():
        raise LocalError("Discarding needs a reason that the audit can keep: give it with --because.")
    shown = [(place, one) for place in places if (one := _shown_in(place, event_id, with_data=False)) is not None]
    if not shown:
        raise _unknown(event_id, places)

    async def give_up(place: Place) -> bool:
        async with connected(place.url) as connection:
            return await held.discard(connection, event_id, actor=actor, because=because.strip())

    given_up = [one for place, one in shown if asyncio.run(give_up(place))]
    if not given_up:
        was_discarded = all(one.view.event.state == "discarded" for _, one in shown)
        was = "discarded before" if was_discarded else "handled in the meantime"
        raise LocalError(f"Event {event_id} was {was}, so there is nothing to discard.")
    return given_up


@dataclass(frozen=True)
class Replay:
    """A replay that was asked for; `is_running` says whether a relay is there to send it now."""

    facts: int
    is_running: bool


def start_replay(place: Place, first_position: int, *, actor: str) -> Replay:
    """Let the service tell its log again from this position; its relay does so as soon as it runs."""
    if first_position < 1:
        raise LocalError(f"There is no position {first_position}: the log begins at 1.")

    async def ask() -> Replay:
        async with connected(place.url) as connection:
            because = f"From position {first_position}."
            facts = await held.replay(connection, first_position, actor=actor, because=because)
            return Replay(facts, await connection.fetchval(_RELAY_RUNS, LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF))

    return asyncio.run(ask())


def follow_replay(place: Place, progress: Callable[[int], None]) -> None:
    """Tell how many facts have still to go, until none has; LocalError when the relay ends meanwhile."""

    def is_out() -> bool:
        depth, runs = asyncio.run(look())
        progress(depth)
        if depth and not runs:
            raise LocalError(f"{place.service} does not run any more; the other {depth} facts go out when it does.")
        return depth == 0

    async def look() -> tuple[int, bool]:
        async with connected(place.url) as connection:
            (backlog,) = await connection.fetch(BACKLOG)
            return backlog["depth"], await connection.fetchval(_RELAY_RUNS, LOCK_KEY >> 32, LOCK_KEY & 0xFFFFFFFF)

    wait_until(
        is_out,
        deadline_seconds=REPLAY_SECONDS_MAX,
        failure=lambda: f"{place.service} still tells its log after {REPLAY_SECONDS_MAX:.0f} s: see meedoen status.",
        interval_seconds=REPLAY_LOOK_SECONDS,
    )


def _known_places(state_dir: Path) -> dict[str, Place]:
    run = read_run(state_dir.resolve())
    kept = {name: Place(name, database.url) for name, database in run.databases.items()} if run else {}
    return {**kept, **{place.service: place for place in _from_environment()}}


def _from_environment() -> Iterator[Place]:
    for service in SERVICES:
        name = f"DATABASE_URL_{service.upper()}"
        if url := os.environ.get(name):
            yield Place(service, _checked(url, name))


def _checked(url: str, what: str) -> str:
    if not url.startswith("postgresql://"):
        raise LocalError(f"{what} does not look right: write postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    return url


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


def _unknown(event_id: UUID, places: Sequence[Place]) -> LocalError:
    where = ", ".join(place.service for place in places)
    return LocalError(f"No event {event_id} is held in {where}: meedoen parked list shows those that are.")


def _shown(url: str) -> str:
    return url.rpartition("@")[2]
