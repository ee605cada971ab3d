"""The commands for held events and the log: their options. What they do is in `parked`."""

from typing import Annotated

import typer

from meedoen.cli.options import STATE, OneService, Service, State

parked_app = typer.Typer(
    help="Parked events (dead letters): show, release, discard.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="its database; by default DATABASE_URL_NAME, else the local run's")
]
Actor = Annotated[str | None, typer.Option("--actor", help="your name for the audit; by default the current user")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
EventId = Annotated[str, typer.Argument(metavar="ID", help="the event's id", show_default=False)]
Reason = Annotated[str | None, typer.Option("--reason", help="only events that are held for this reason")]


@parked_app.command("list")
def list_parked(
    service: OneService = None,
    reason: Reason = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="also retrying, waiting and discarded events")] = False,
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
    with_data: Annotated[bool, typer.Option("--with-data", help="print its data too")] = False,
    as_json: Json = False,
) -> None:
    """Show one event: its envelope, why it is held, what waits behind it."""
    from meedoen.cli.parked import print_event

    print_event(service, database_url, state, event_id, with_data=with_data, as_json=as_json)


@parked_app.command("release")
def release_parked(
    event_id: Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
    service: OneService = None,
    reason: Reason = None,
    because: Annotated[str, typer.Option("--comment", "--because", help="for the audit")] = "Released after a fix.",
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="every parked event")] = False,
) -> None:
    """Release parked events for a retry. One by its id, those parked for a --reason, or --all."""
    if sum((event_id is not None, reason is not None, everything)) != 1:
        raise typer.BadParameter("Say what to release: an ID, or --reason REASON, or --all.")
    from meedoen.cli.parked import release

    release(service, database_url, state, event_id=event_id, reason=reason, actor=actor, because=because)


@parked_app.command("discard")
def discard_parked(
    event_id: EventId,
    because: Annotated[
        str | None, typer.Option("--comment", "--because", help="why, for the audit; prompted for by default")
    ] = None,
    service: OneService = None,
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
) -> None:
    """Discard an event for good. It is kept with the reason, and the events behind it continue."""
    from meedoen.cli.parked import discard

    discard(service, database_url, state, event_id, because=because, actor=actor)


def replay(
    service: Service,
    first_position: Annotated[int, typer.Option("--from", help="first position in its log")] = 1,
    actor: Actor = None,
    database_url: DatabaseUrl = None,
    state: State = STATE,
) -> None:
    """Publish a service's log again, to fill a new broker. Consumers skip what they have."""
    from meedoen.cli.parked import replay_log

    replay_log(service, database_url, state, first_position, actor=actor)
