"""The commands for held events and the log: how they are written. What they do stands in `operate`."""

from typing import Annotated

import typer

from meedoen.cli.options import STATE, OneService, Service, State

parked_app = typer.Typer(
    help="See, release or discard events that could not be handled.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="its database; else DATABASE_URL_NAME, else the local run's")
]
Actor = Annotated[str | None, typer.Option("--actor", help="who does it, for the audit; else the user at the keyboard")]
Json = Annotated[bool, typer.Option("--json", help="for programs")]
EventId = Annotated[str, typer.Argument(metavar="ID", help="the event's id", show_default=False)]
Reason = Annotated[str | None, typer.Option("--reason", help="only events that were set aside for this reason")]


@parked_app.command("list")
def list_parked(
    service: OneService = None,
    reason: Reason = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="also those retrying, waiting or discarded")] = False,
    as_json: Json = False,
) -> None:
    """Show the parked events, oldest first."""
    from meedoen.cli.parked import print_list

    print_list(service, database_url, state, reason=reason, everything=everything, as_json=as_json)


@parked_app.command("show")
def show_parked(
    event_id: EventId,
    service: OneService = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    with_data: Annotated[bool, typer.Option("--with-data", help="its data too")] = False,
    as_json: Json = False,
) -> None:
    """Show one event. Its envelope, why it is held, what waits behind it."""
    from meedoen.cli.parked import print_event

    print_event(service, database_url, state, event_id, with_data=with_data, as_json=as_json)


@parked_app.command("release")
def release_parked(
    event_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
    service: OneService = None,
    reason: Reason = None,
    because: Annotated[str, typer.Option("--because", help="for the audit")] = "Released after mending.",
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="every parked event")] = False,
) -> None:
    """Let parked events be tried anew. One by its id, those parked for a --reason, or --all."""
    if sum((event_id is not None, reason is not None, everything)) != 1:
        raise typer.BadParameter("Say what to release: an ID, or --reason REASON, or --all.")
    from meedoen.cli.parked import release

    release(service, database_url, state, event_id=event_id, reason=reason, actor=actor, because=because)


@parked_app.command("discard")
def discard_parked(
    event_id: EventId,
    because: Annotated[str | None, typer.Option("--because", help="why; asked for when left out")] = None,
    service: OneService = None,
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
) -> None:
    """Give an event up. It is kept with the reason, and what waits behind it goes on."""
    from meedoen.cli.parked import discard

    discard(service, database_url, state, event_id, because=because, actor=actor)


def replay(
    service: Service,
    first_position: Annotated[int, typer.Option("--from", help="position in its log to begin at")] = 1,
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
) -> None:
    """Fill a new broker from a service's log. Consumers skip what they had."""
    from meedoen.cli.parked import replay_log

    replay_log(service, database_url, state, first_position, actor=actor)
