"""What the commands for held events and the log print: tables for people, JSON for programs, a sentence per action."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from meedoen.stack import operations as operate
from meedoen.stack.actor import resolve_actor
from meedoen.stack.errors import LocalError
from shared.messaging.held import HeldEvent, HeldView
from shared.messaging.outcome import HoldReason

Where = tuple[str | None, str | None, Path]


def print_list(
    service: str | None, database_url: str | None, state: Path, *, reason: str | None, everything: bool, as_json: bool
) -> None:
    """Print the parked events of the services known here."""
    databases = operate.find_databases(service, database_url=database_url, state_dir=state)
    states = operate.STATES if everything else ("parked",)
    held_events = operate.list_events(databases, states=states, reason=_parse_reason(reason))
    if as_json:
        typer.echo(json.dumps([_event_document(name, view) for name, view in held_events], indent=2))
        return
    if not held_events:
        services = ", ".join(database.service for database in databases)
        typer.echo(f"Nothing is {'held' if everything else 'parked'} in {services}.")
        return
    table = Table("service", "id", "event", "state", "reason", "behind", "held since", "problem")
    for name, view in held_events:
        event = view.event
        since = f"{view.held_at:%Y-%m-%d %H:%M}"
        why = event.reason.value if event.reason else ""
        row = (name, str(event.event_id), event.event_type, event.state, why, str(view.behind), since, event.sentence)
        table.add_row(*row)
    _console().print(table)


def print_event(
    service: str | None, database_url: str | None, state: Path, event_id: str, *, with_data: bool, as_json: bool
) -> None:
    """Print one held event in full."""
    databases = operate.find_databases(service, database_url=database_url, state_dir=state)
    details = operate.get_event(databases, _parse_event_id(event_id), with_data=with_data)
    document = _event_document(details.service, details.view) | {
        "key": details.view.event.key,
        "envelope": details.envelope,
        "waiting_behind": [_waiting_event(event) for event in details.behind],
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in document.items():
        if name not in ("envelope", "waiting_behind"):
            table.add_row(name.replace("_", " "), str(value) if value is not None else "")
    console = _console()
    console.print(table)
    console.print("\nenvelope" if with_data or not details.envelope else "\nenvelope (its data with --with-data)")
    console.print_json(json.dumps(details.envelope)) if details.envelope else console.print("  cannot be read")
    for event in details.behind:
        console.print(f"behind it: {event.event_id} {event.event_type} ({event.state})", highlight=False)


def release(
    service: str | None,
    database_url: str | None,
    state: Path,
    *,
    event_id: str | None,
    reason: str | None,
    actor: str | None,
    because: str,
) -> None:
    """Release events and print which."""
    databases = operate.find_databases(service, database_url=database_url, state_dir=state)
    released = operate.release_events(
        databases,
        event_id=_parse_event_id(event_id) if event_id else None,
        reason=_parse_reason(reason),
        actor=resolve_actor(actor),
        because=because,
    )
    for name, released_id in released:
        typer.echo(f"{name}: {released_id} is released; it is retried within seconds if {name} is running.")


def discard(
    service: str | None, database_url: str | None, state: Path, event_id: str, *, because: str | None, actor: str | None
) -> None:
    """Discard an event and print how many events behind it continue."""
    databases = operate.find_databases(service, database_url=database_url, state_dir=state)
    held_id = _parse_event_id(event_id)
    operate.get_event(databases, held_id, with_data=False)
    why = because if because is not None else _ask_reason()
    for details in operate.discard_event(databases, held_id, actor=resolve_actor(actor), because=why):
        behind = f"; {len(details.behind)} events behind it continue" if details.behind else ""
        typer.echo(f"{details.service}: {held_id} is discarded and kept with its reason{behind}.")


def replay_log(service: str, database_url: str | None, state: Path, first_position: int, *, actor: str | None) -> None:
    """Start the replay, then follow it if the service is running."""
    (database,) = operate.find_databases(service, database_url=database_url, state_dir=state)
    started = operate.start_replay(database, first_position, actor=resolve_actor(actor))
    typer.echo(
        f"{service}: {started.facts} events from position {first_position} are published again; "
        "consumers skip what they have."
    )
    if not started.is_running:
        typer.echo(f"{service} is not running: they are published when it starts.")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("publishing again", total=started.facts)
        operate.follow_replay(database, lambda remaining: bar.update(task, completed=max(started.facts - remaining, 0)))
    typer.echo(f"{service}: everything is published.")


def _ask_reason() -> str:
    if not sys.stdin.isatty():
        raise LocalError("Discarding needs a reason that the audit can keep: give it with --because.")
    answer: str = typer.prompt("Why is this event discarded? (kept in the audit)")
    return answer


def _parse_event_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not an event id: meedoen parked list shows the ids.") from None


def _parse_reason(text: str | None) -> HoldReason | None:
    if text is None:
        return None
    try:
        return HoldReason(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a reason: choose from {', '.join(HoldReason)}.") from None


def _event_document(service: str, view: HeldView) -> dict[str, Any]:
    event = view.event
    return {
        "service": service,
        "event_id": str(event.event_id),
        "event_type": event.event_type,
        "topic": event.topic,
        "municipality": event.municipality,
        "state": event.state,
        "reason": event.reason.value if event.reason else None,
        "sentence": event.sentence,
        "attempts": event.attempts,
        "held_at": view.held_at.isoformat(),
        "due_at": view.due_at.isoformat(),
        "behind": view.behind,
    }


def _waiting_event(event: HeldEvent) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(event).items() if name in ("event_id", "event_type", "state")}


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=200)
