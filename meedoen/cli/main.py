"""The command line. Each command imports what it needs when it runs, so that help and the small ones are fast.

Every mistake ends in one sentence on standard error: exit code 2 if the command was written wrongly, 1 if it could not
be done or if what it checks is not well.
"""

import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from meedoen.cli.audit import audit_app
from meedoen.cli.ledger import ledger_proof
from meedoen.cli.operate import parked_app, replay
from meedoen.cli.options import STATE, Address, Service, State, WithoutServices, check_service
from meedoen.cli.partner.group import partner_app
from meedoen.cli.relief.group import app as relief_app
from meedoen.cli.statement import statement
from meedoen.cli.topics import app as topics_app
from meedoen.stack.errors import LocalError
from shared.service_names import SERVICES

app = typer.Typer(
    name="meedoen",
    help="Meedoen: from a first talk in the neighbourhood to six months of relief.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Broker = Annotated[
    str | None, typer.Option(help="embedded or kafka; by default the one this folder has, else the embedded one")
]


@app.command()
def up(
    state: State = STATE,
    broker: Broker = None,
    municipalities: Annotated[str | None, typer.Option(help="CBS codes, such as gm0637,gm0080")] = None,
    *,
    calendar: Annotated[bool, typer.Option(help="publish each day as it starts")] = True,
    without: WithoutServices = None,
    policies: Annotated[
        Path | None, typer.Option(envvar="POLICIES_FOLDER", help="a folder with policy files of your own, by service")
    ] = None,
    secure: Annotated[
        bool | None, typer.Option("--secure", help="TLS, passwords and access control, with --broker kafka")
    ] = None,
) -> None:
    """Start everything and leave it running. What has died is restarted."""
    from meedoen.cli.local import bring_up

    bring_up(
        state,
        broker=broker,
        municipalities=municipalities,
        calendar=calendar,
        left_out=without or (),
        policies=policies,
        is_secure=secure,
    )


@app.command()
def down(state: State = STATE) -> None:
    """Stop everything that up started. Services drain first, then the broker, then PostgreSQL; data stays."""
    from meedoen.cli.local import take_down

    take_down(state)


@app.command()
def status(
    state: State = STATE, *, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False
) -> None:
    """Show the status of every service. The exit code is 0 only when all is well."""
    from meedoen.cli.local import show_status

    raise typer.Exit(show_status(state, as_json=as_json))


@app.command()
def env(
    service: Annotated[
        str | None, typer.Argument(help=", ".join(SERVICES), show_default=False, callback=check_service)
    ] = None,
    state: State = STATE,
    *,
    addresses: Annotated[bool, typer.Option("--addresses", help="print the address of every service instead")] = False,
    file: Annotated[bool, typer.Option("--file", help="write SERVICE.env to the state folder instead")] = False,
) -> None:
    """Print the environment of a service. Lines to eval in a shell, for a service of this run.

    They hold the password of the local database, which accepts connections from this machine alone: do not share it.
    Use them in a terminal of their own or a subshell, since meedoen up reads DATABASE_URL too.
    """
    from meedoen.cli.env import print_addresses, print_environment, write_environment

    if addresses == (service is not None) or (addresses and file):
        raise typer.BadParameter("Name one service (meedoen env intake), or ask for --addresses.")
    if service is None:
        print_addresses(state)
    elif file:
        write_environment(state, service)
    else:
        print_environment(state, service)


@app.command()
def serve(service: Service) -> None:
    """Run one service in this process. Its settings come from the environment."""
    from meedoen.stack.serve import run_service

    run_service(service)


@app.command()
def migrate(
    service: Service,
    url: Annotated[
        str | None,
        typer.Option("--url", envvar="MIGRATION_DATABASE_URL", help="the owner's address of its database"),
    ] = None,
) -> None:
    """Migrate one database to its newest version."""
    from meedoen.cli.local import migrate_database

    migrate_database(service, url)


@app.command("day", hidden=True)  # its name until 0.1
@app.command()
def start_day(
    day: Annotated[str | None, typer.Argument(metavar="[DATE]", help="such as 2026-07-01; today by default")] = None,
    municipality: Annotated[list[str] | None, typer.Option(help="can be repeated")] = None,
    bootstrap_servers: Address = None,
    state: State = STATE,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask about a day that is still to come")] = False,
) -> None:
    """Publish that a day has started. Repeating it changes nothing, and no command takes a day back."""
    from meedoen.cli.days import publish_day

    publish_day(state, _parse_day(day) if day else None, municipality or [], bootstrap_servers, is_confirmed=yes)


@app.command()
def calendar() -> None:
    """Publish each day as it starts, after the most recent days. Settings come from the environment."""
    from services.calendar.app import serve_calendar

    serve_calendar()


@app.command()
def token(
    role: Annotated[
        str, typer.Option(help="case_manager, budget_manager, treasurer, ambassador_coordinator or operator")
    ],
    municipality: Annotated[str, typer.Option(help="CBS code, such as gm0637")],
    valid_minutes: Annotated[int, typer.Option(min=1, max=525_600)] = 60,
    subject: Annotated[str, typer.Option(help="the user in the token")] = "local-user",
    state: State = STATE,
) -> None:
    """Print a bearer token of the local issuer. Never for production."""
    from meedoen.cli.local import create_token

    typer.echo(create_token(state, role=role, municipality=municipality, subject=subject, minutes=valid_minutes))


@app.command()
def openapi(service: Service) -> None:
    """Print a service's HTTP contract (OpenAPI)."""
    from meedoen.docs.pages import print_openapi

    typer.echo(print_openapi(service), nl=False)


@app.command()
def asyncapi(service: Service) -> None:
    """Print a service's event contract (AsyncAPI)."""
    from meedoen.docs.pages import print_asyncapi

    typer.echo(print_asyncapi(service), nl=False)


@app.command()
def events(*, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """Print every event type. Who publishes it, who consumes it, what it means."""
    from meedoen.docs.pages import print_events

    typer.echo(print_events(as_json=as_json), nl=False)


@app.command()
def docs(*, check: Annotated[bool, typer.Option("--check", help="compare with what is committed")] = False) -> None:
    """Write the generated documentation pages."""
    from meedoen.docs.pages import write_docs

    raise typer.Exit(write_docs(check=check))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def bench(context: typer.Context) -> None:
    """Run the benchmarks, each beside its lower bound."""
    raise typer.Exit(_load_from_checkout("bench.main").run(context.args) or 0)


@app.command()
def demo(
    seed: Annotated[int | None, typer.Option(min=0, help="the same seed plays the same season")] = None,
    broker: Annotated[str, typer.Option(help="embedded or kafka")] = "embedded",
    out: Annotated[Path, typer.Option(help="folder for report.json and report.html")] = Path("build/demo"),
    keep: Annotated[Path | None, typer.Option(help="an empty folder in which the databases and logs are kept")] = None,
) -> None:
    """Play a season of the whole chain."""
    season = _load_from_checkout("demo.main")
    raise typer.Exit(season.play(season.SEED if seed is None else seed, out, broker, keep))


app.add_typer(audit_app, name="audit")
app.add_typer(parked_app, name="parked")
app.add_typer(partner_app, name="partner")
app.add_typer(relief_app, name="relief")
app.command("ledger-proof")(ledger_proof)
app.command("replay")(replay)
app.command("statement")(statement)
app.add_typer(topics_app, name="topics")


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a day: write it as 2026-07-01.") from None


def _load_from_checkout(module: str) -> ModuleType:
    """Import a module of the demo or the benchmarks, which are in the repository but not in the installed package."""
    checkout = Path(__file__).resolve().parents[2]
    folder = module.partition(".")[0]
    if not (checkout / folder).is_dir():
        raise LocalError(f"'{folder}' is not part of the installed package: run this command from a checkout.")
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    return import_module(module)


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    try:
        code = app(standalone_mode=False, prog_name="meedoen")
    except KeyboardInterrupt:
        typer.echo("Interrupted; meedoen status shows what is running.", err=True)
        sys.exit(130)
    except typer.Abort:
        sys.exit(1)
    except typer.TyperException as mistake:
        typer.echo(_usage_sentence(mistake), err=True)
        sys.exit(getattr(mistake, "exit_code", 2))
    except Exception as problem:
        if not _is_ours(problem):
            raise
        typer.echo(str(problem), err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _usage_sentence(mistake: typer.TyperException) -> str:
    """Return what was written wrongly and how to see the correct usage."""
    text = getattr(mistake, "format_message", mistake.__str__)()
    context = getattr(mistake, "ctx", None)
    is_help = type(mistake).__name__ == "NoArgsIsHelpError"
    return text if is_help or context is None else f"{text} Try '{context.command_path} --help'."


def _is_ours(problem: Exception) -> bool:
    """Return whether the error holds a sentence for a person; any other is a bug and shows its traceback."""
    return type(problem).__module__.partition(".")[0] in ("meedoen", "shared", "services", "demo", "bench")
