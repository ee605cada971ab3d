"""What the commands for a local run do and print."""

import json
import os
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from meedoen.cli.options import STATE
from meedoen.stack.errors import LocalError
from meedoen.stack.processes import hold_lock, process_exists
from meedoen.stack.run_status import RunMonitor, RunStatus, ServiceStatus
from meedoen.stack.services import issuer_folder
from meedoen.stack.state import RunState, read_run

if TYPE_CHECKING:
    from meedoen.stack.local_run import LocalRun


def bring_up(
    state: Path,
    *,
    broker: str | None,
    municipalities: str | None,
    calendar: bool,
    left_out: Sequence[str],
    policies: Path | None = None,
    is_secure: bool | None = None,
) -> None:
    """Start the run or restart what has died, showing each step, and print where everything is."""
    from meedoen.stack.local_run import LocalRun
    from shared.identity import validate_municipality
    from shared.policies import find_service_folder
    from shared.service_names import SERVICES

    try:
        codes = (
            None if municipalities is None else [validate_municipality(code) for code in split_codes(municipalities)]
        )
        if policies is not None:
            find_service_folder(policies, SERVICES[0])  # refuses at once what every service would refuse
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    console = Console(stderr=True)
    with Status("Checking what is running ...", console=console) as spinner:

        def progress(sentence: str) -> None:
            spinner.update(sentence)
            if not console.is_terminal or not sentence.endswith("..."):
                console.print(sentence, highlight=False)

        run = LocalRun(
            state,
            broker=broker,
            municipalities=codes,
            progress=progress,
            calendar=calendar,
            is_detached=True,
            left_out=left_out,
            policies_folder=policies,
            is_secure=is_secure,
        )
        started = run.start()
        status = run.status()
    typer.echo(_started_sentence(started, left_out))
    _print_addresses(run, status, state)


def _print_addresses(run: "LocalRun", status: RunStatus, state: Path) -> None:
    """Print where everything is, and commands that work as they stand."""
    from shared.calendar import amsterdam_date

    typer.echo("")
    for service in status.services:
        note = f"  (left out: meedoen env {service.service})" if service.health == "left out" else ""
        typer.echo(f"  {service.service:<14}{service.address}{note}")
    typer.echo(f"  {'broker':<14}{status.broker_address} ({status.broker})")
    typer.echo(f"  {'logs':<14}{run.state_dir / 'logs'}")
    typer.echo(f"  {'messages':<14}{run.state_dir / 'spool'}")
    meedoen, state_option = _command_line(), "" if state == STATE else f" --state {shlex.quote(str(state))}"
    typer.echo(f"""
Each service shows its API at its address: /docs for people, /v1/openapi.json for programs.
These commands work as they stand here:

  a token       {meedoen} token --role case_manager --municipality {run.municipalities[0]}{state_option}
  addresses     {meedoen} env --addresses{state_option}
  the status    {meedoen} status{state_option}
  a next day    {meedoen} start-day {amsterdam_date(datetime.now(UTC))}{state_option}
  stop it       {meedoen} down{state_option}

docs/chain-by-hand.md continues from here, from a new ambassador to the bank's answer.""")


def take_down(state: Path) -> None:
    """Stop the run of this folder."""
    from meedoen.stack.relocation import resolve_run
    from meedoen.stack.shutdown import is_anything_running, stop_all

    home = state.resolve()
    if read_run(home) is None:
        typer.echo(f"Nothing has been started in {state}.")
        return
    with hold_lock(home / "lock"):
        console = Console(stderr=True)

        def progress(sentence: str) -> None:
            console.print(sentence, highlight=False)

        run = resolve_run(home, progress)
        if run.owner_pid is not None and process_exists(run.owner_pid) and is_anything_running(run):
            raise LocalError(f"Process {run.owner_pid} uses {state} for a run of its own: stop that program instead.")
        stopped = stop_all(run, progress=progress)
    typer.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing is running here.")


def show_status(state: Path, *, as_json: bool) -> int:
    """Print the status; return 0 if all is well, else 1."""
    monitor = RunMonitor(require_run(state))
    try:
        status = monitor.status()
    finally:
        monitor.close()
    if as_json:
        typer.echo(json.dumps(status.as_dict(), indent=2))
    else:
        _print_status(status)
    return 0 if status.is_well else 1


def migrate_database(service: str, url: str | None) -> None:
    """Migrate one database and print that it is done."""
    from sqlalchemy.exc import SQLAlchemyError

    from shared.database.migrations import upgrade

    if url is None or not url.startswith("postgresql://"):
        raise LocalError("MIGRATION_DATABASE_URL is missing: set it to postgresql://OWNER:PASSWORD@HOST:PORT/NAME.")
    try:
        upgrade(service, url)
    except (SQLAlchemyError, OSError, TimeoutError) as problem:
        reason = str(problem).strip().partition("\n")[0]
        raise LocalError(f"The database of {service} could not be migrated ({reason}): fix that and repeat.") from None
    typer.echo(f"The database of {service} is at the newest version.")


def create_token(state: Path, *, role: str, municipality: str, subject: str, minutes: int) -> str:
    """Return a token of this folder's local issuer."""
    from shared.auth.local_issuer import LocalIssuer
    from shared.identity import Role, validate_municipality

    unknown = [name for name in split_codes(role) if name not in list(Role)]
    if unknown or not split_codes(role):
        raise typer.BadParameter(f"'{role}' is not a role: choose from {', '.join(Role)}.")
    try:
        validate_municipality(municipality)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    folder = issuer_folder(Path(require_run(state).home))
    return LocalIssuer(folder).token(subject, role, municipality, minutes * 60)


def _started_sentence(started: Sequence[str], left_out: Sequence[str]) -> str:
    if started:
        return f"Started: {', '.join(started)}."
    if left_out:
        return f"Everything else is running already; left out: {', '.join(left_out)}."
    return "Everything is running already."


def _command_line() -> str:
    """Return the command by which this program was called, for a person in the same folder to call it again."""
    program = Path(sys.argv[0])
    is_script = program.name == "meedoen"
    path = os.path.abspath(program if is_script else sys.executable)  # noqa: PTH100 - a venv's python is a link
    folder = str(Path.cwd()) + os.sep
    return shlex.quote(path.removeprefix(folder)) + ("" if is_script else " -m meedoen")


def require_run(state: Path) -> RunState:
    """Return the run that was started in this folder; LocalError if there is none."""
    run = read_run(state.resolve())
    if run is None or not run.databases:
        raise LocalError(
            f"Nothing has been started in {state} yet: run meedoen up, or name another folder with --state."
        )
    if run.home != str(state.resolve()):
        raise LocalError(f"{state} was renamed or copied from {run.home}: run meedoen up here first.")
    return run


def _print_status(status: RunStatus) -> None:
    table = Table("service", "health", "outbox", "age", "lag", "parked", "retrying", "waiting", "relay", "address")
    for service in status.services:
        table.add_row(*_status_row(service), style=None if service.is_well else "bold red")
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    parts = {"PostgreSQL": status.postgres_up, f"broker {status.broker_address}": status.broker_up}
    words = [f"{name} {'up' if is_up else 'down'}" for name, is_up in parts.items()]
    typer.echo(", ".join([*words, f"calendar {status.calendar}"]) + ".")
    for service in status.services:
        if service.reason:
            typer.echo(f"{service.service}: {service.reason}.")
    if not status.is_well:
        typer.echo(_advice(status))


def _status_row(service: ServiceStatus) -> list[str]:
    lag = "?" if service.consumer_lag is None else str(service.consumer_lag)
    if service.figures is None:
        return [service.service, service.health, "?", "?", lag, "?", "?", "?", "?", service.address]
    figures = service.figures
    counts = [figures.held_parked, figures.held_retrying, figures.held_waiting]
    relay = "active" if figures.relay_active else "none"
    age = f"{figures.outbox_age_seconds:.0f} s"
    return [
        service.service,
        service.health,
        str(figures.outbox_depth),
        age,
        lag,
        *map(str, counts),
        relay,
        service.address,
    ]


def _advice(status: RunStatus) -> str:
    parked = sum(service.figures.held_parked for service in status.services if service.figures)
    are_ready = all(service.health in ("ready", "left out") for service in status.services)
    if parked and are_ready and status.broker_up and status.postgres_up:
        return f"Not all is well: {parked} events are parked, see meedoen parked list."
    return "Not all is well: meedoen up restarts what has died."


def split_codes(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
