"""The command line. Each command imports what it needs when it runs, so that help and the small ones are fast.

Every mistake ends in one sentence on standard error: exit code 2 when the command was written wrongly, 1 when it could
not be done or when what was asked about is not well.
"""

import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from meedoen.cli.ledger import ledger_proof
from meedoen.cli.operate import parked_app, replay
from meedoen.cli.options import STATE, Service, State, WithoutServices, check_service
from meedoen.cli.relief.group import app as relief_app
from meedoen.cli.statement import statement
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
topics_app = typer.Typer(help="The topics on an Apache Kafka.", no_args_is_help=True, rich_markup_mode=None)

Broker = Annotated[
    str | None, typer.Option(help="embedded or kafka; without it what this folder has, else the embedded one")
]
Address = Annotated[
    str | None, typer.Option("--bootstrap-servers", envvar="KAFKA_BOOTSTRAP_SERVERS", help="HOST:PORT of the broker")
]


@app.command()
def up(
    state: State = STATE,
    broker: Broker = None,
    municipalities: Annotated[str | None, typer.Option(help="CBS codes, such as gm0637,gm0080")] = None,
    *,
    calendar: Annotated[bool, typer.Option(help="tell every day at its start")] = True,
    without: WithoutServices = None,
) -> None:
    """Start everything here, or heal what died, and leave it running."""
    from meedoen.cli.local import bring_up

    bring_up(state, broker=broker, municipalities=municipalities, calendar=calendar, left_out=without or ())


@app.command()
def down(state: State = STATE) -> None:
    """Stop what up started. Services drain first, then the broker, then PostgreSQL; data stays."""
    from meedoen.cli.local import take_down

    take_down(state)


@app.command()
def status(
    state: State = STATE, *, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False
) -> None:
    """Show how every service fares. The exit code is 0 only when all is well."""
    from meedoen.cli.local import show_status

    raise typer.Exit(show_status(state, as_json=as_json))


@app.command()
def env(
    service: Annotated[
        str | None, typer.Argument(help=", ".join(SERVICES), show_default=False, callback=check_service)
    ] = None,
    state: State = STATE,
    *,
    addresses: Annotated[bool, typer.Option("--addresses", help="the address of every service instead")] = False,
    file: Annotated[bool, typer.Option("--file", help="write SERVICE.env into the state folder instead")] = False,
) -> None:
    """Print the environment of a service of this run, as lines to eval in a shell.

    It holds the password of the local database, which listens to this machine alone: fine here, and not to be shared.
    Use it in a terminal of its own or a subshell, since meedoen up looks at DATABASE_URL too.
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
    """Bring one database to its newest version."""
    from meedoen.cli.local import migrate_database

    migrate_database(service, url)


@topics_app.command("create")
def create_topics(
    bootstrap_servers: Address = None,
    replication: Annotated[int, typer.Option(min=-1, max=9, help="copies; -1 leaves it to the broker")] = -1,
) -> None:
    """Make every topic of the contract that is missing, with its number of partitions."""
    from meedoen.cli.local import create_topics_of_contract

    create_topics_of_contract(bootstrap_servers, replication)


@app.command()
def day(
    day: Annotated[
        datetime | None, typer.Argument(metavar="[DATE]", formats=["%Y-%m-%d"], help="today when left out")
    ] = None,
    municipality: Annotated[list[str] | None, typer.Option(help="may be given more than once")] = None,
    bootstrap_servers: Address = None,
    state: State = STATE,
) -> None:
    """Let a day start. Telling it twice changes nothing."""
    from meedoen.cli.local import publish_day

    publish_day(state, day.date() if day else None, municipality or [], bootstrap_servers)


@app.command()
def calendar() -> None:
    """Tell each day at its start, and first the last days. Settings come from the environment."""
    from services.calendar.app import serve_calendar

    serve_calendar()


@app.command()
def token(
    role: Annotated[str, typer.Option(help="case_manager, budget_manager, ambassador_coordinator or operator")],
    municipality: Annotated[str, typer.Option(help="CBS code, such as gm0637")],
    valid_minutes: Annotated[int, typer.Option(min=1, max=525_600)] = 60,
    subject: Annotated[str, typer.Option(help="who it is")] = "local-user",
    state: State = STATE,
) -> None:
    """Print a bearer token of the local issuer. Never for production."""
    from meedoen.cli.local import create_token

    typer.echo(create_token(state, role=role, municipality=municipality, subject=subject, minutes=valid_minutes))


@app.command()
def openapi(service: Service) -> None:
    """Print a service's HTTP contract."""
    from meedoen.docs.pages import print_openapi

    typer.echo(print_openapi(service), nl=False)


@app.command()
def asyncapi(service: Service) -> None:
    """Print a service's contract of events."""
    from meedoen.docs.pages import print_asyncapi

    typer.echo(print_asyncapi(service), nl=False)


@app.command()
def events(*, as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """Print every event type. Who tells it, who hears it, what it means."""
    from meedoen.docs.pages import print_events

    typer.echo(print_events(as_json=as_json), nl=False)


@app.command()
def docs(*, check: Annotated[bool, typer.Option("--check", help="compare with what is committed")] = False) -> None:
    """Write the generated pages."""
    from meedoen.docs.pages import write_docs

    raise typer.Exit(write_docs(check=check))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def bench(context: typer.Context) -> None:
    """Measure every path beside its floor."""
    raise typer.Exit(_load_from_checkout("bench.main").run(context.args) or 0)


@app.command()
def demo(
    seed: Annotated[int | None, typer.Option(min=0, help="the same seed gives the same figures")] = None,
    broker: Annotated[str, typer.Option(help="embedded or kafka")] = "embedded",
    out: Annotated[Path, typer.Option(help="where report.json and report.html go")] = Path("build/demo"),
    keep: Annotated[Path | None, typer.Option(help="an empty folder to keep the run's databases and logs in")] = None,
) -> None:
    """Play a season of the whole chain."""
    season = _load_from_checkout("demo.main")
    raise typer.Exit(season.play(season.SEED if seed is None else seed, out, broker, keep))


app.add_typer(parked_app, name="parked")
app.add_typer(relief_app, name="relief")
app.command("ledger-proof")(ledger_proof)
app.command("replay")(replay)
app.command("statement")(statement)
app.add_typer(topics_app, name="topics")


def _load_from_checkout(module: str) -> ModuleType:
    """Import a module of the demo or the benchmarks, which are in the repository and not in what is installed."""
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
        typer.echo("Stopped by you; meedoen status shows what runs.", err=True)
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
    """What was written wrongly and where to read how it is written."""
    text = getattr(mistake, "format_message", mistake.__str__)()
    context = getattr(mistake, "ctx", None)
    is_help = type(mistake).__name__ == "NoArgsIsHelpError"
    return text if is_help or context is None else f"{text} Try '{context.command_path} --help'."


def _is_ours(problem: Exception) -> bool:
    """Our own errors hold a sentence for a person; any other is a fault in the code and shows where it is."""
    return type(problem).__module__.partition(".")[0] in ("meedoen", "shared", "services", "demo", "bench")
