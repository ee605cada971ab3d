"""What `meedoen start-day` does: publish a day, and ask first when it is still to come."""

import os
import sys
from datetime import date
from pathlib import Path

import typer

from meedoen.cli.kafka import read_security
from meedoen.cli.local import require_run, split_codes
from meedoen.stack.errors import LocalError
from meedoen.stack.services import clock_file, set_clock
from meedoen.stack.state import find_run_security


def publish_day(
    state: Path, day: date | None, municipalities: list[str], bootstrap_servers: str | None, *, is_confirmed: bool
) -> None:
    """Publish the start of one day and print in which municipalities. A local run is played forward to that day."""
    from services.calendar.app import publish_days
    from shared.clock import read_today
    from shared.events.envelope import DEFAULT_ORGANISATION_OIN
    from shared.identity import validate_municipality

    try:
        codes = tuple(validate_municipality(code) for option in municipalities for code in split_codes(option))
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    home = None
    if bootstrap_servers is None or not codes:
        run = require_run(state)
        home = Path(run.home) if bootstrap_servers in (None, run.bootstrap_servers) else None
        bootstrap_servers, codes = bootstrap_servers or run.bootstrap_servers, codes or run.municipalities
    today = read_today(home and clock_file(home))
    started_day = day or today
    if started_day > today and not is_confirmed:
        _ask_to_go_forward(today, started_day)
    if home is not None:
        set_clock(home, started_day)
    organisation_oin = os.environ.get("ORGANISATION_OIN", DEFAULT_ORGANISATION_OIN)
    pairs = [(municipality, started_day) for municipality in codes]
    security = find_run_security(require_run(state)) if home is not None else read_security()
    publish_days(bootstrap_servers, pairs, organisation_oin=organisation_oin, security=security)
    typer.echo(f"{started_day} has started in {', '.join(codes)}.")


def _ask_to_go_forward(today: date, day: date) -> None:
    """Ask before a day that is still to come starts; LocalError where nobody can answer."""
    sentence = f"{day} is {(day - today).days} days after {today}: what is due by then happens now, and stays."
    if not sys.stdin.isatty():
        raise LocalError(f"{sentence} Repeat the command with --yes if it is meant.")
    typer.confirm(f"{sentence} Start it?", abort=True)
