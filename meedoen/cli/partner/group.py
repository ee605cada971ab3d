"""The commands on partners of the local run: add, list, approve, link, pause, replay, digest, and listen."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import uuid4

import typer

from meedoen.cli.options import STATE, State

partner_app = typer.Typer(
    help="Partners outside the house, of the local run, and what they receive.", no_args_is_help=True
)
_DIGEST: Final = "nl.meedoen.subscriptions.digest-published.v1"
_PAGE: Final = 500
Municipality = Annotated[str | None, typer.Option(help="CBS code; by default the run's first")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]
SubscriptionId = Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="its id")]
Subject = Annotated[str, typer.Option("--as", metavar="SUBJECT", help="the subject of the partner's tokens")]


@partner_app.command()
def add(
    name: Annotated[str, typer.Argument(help="name of the organisation")],
    subject: Subject,
    purpose: Annotated[
        str, typer.Option(help="payment_of_charges, language_education or social_guidance")
    ] = "payment_of_charges",
    kind: Annotated[str, typer.Option(help="kind of organisation, such as housing_corporation")] = "other",
    creditor: Annotated[list[str] | None, typer.Option(help="its code in the register of creditors")] = None,
    state: State = STATE,
    municipality: Municipality = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Register a partner, as the coordinator of the municipality."""
    from meedoen.cli.partner.api import COORDINATOR, PartnerApi, build_partner

    body = build_partner(name, subject, purpose, kind, creditor or [])
    answer = PartnerApi(state, municipality).ask("POST", "/partners", COORDINATOR, body)
    _show(answer, as_json=as_json)


@partner_app.command("list")
def list_partners(state: State = STATE, municipality: Municipality = None, *, as_json: AsJson = False) -> None:
    """List the partners, and what they subscribed to."""
    from meedoen.cli.partner.api import COORDINATOR, PartnerApi

    api = PartnerApi(state, municipality)
    partners = api.ask("GET", "/partners", COORDINATOR, limit=200)["items"]
    subscriptions = api.ask("GET", "/subscriptions", COORDINATOR, limit=200)["items"]
    names = {partner["id"]: partner["name"] for partner in partners}
    if as_json:
        typer.echo(json.dumps({"partners": partners, "subscriptions": subscriptions}, indent=2))
        return
    _show({"items": partners}, columns=("id", "name", "purpose", "ends_on"), as_json=False, empty="No partners yet.")
    rows = [{**each, "partner": names.get(each["partner_id"], "")} for each in subscriptions]
    columns = ("id", "partner", "protocol", "state", "pause_reason", "last_sequence")
    _show({"items": rows}, columns=columns, as_json=False, empty="No subscriptions yet.")


@partner_app.command()
def link(
    partner: Annotated[str, typer.Argument(help="id of the partner")],
    person: Annotated[str, typer.Argument(help="id of the person")],
    basis: Annotated[str, typer.Option(help="referral, placement or consent")] = "referral",
    from_day: Annotated[str, typer.Option("--from", help="first day")] = "2026-01-01",
    state: State = STATE,
    municipality: Municipality = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Link a person to a partner, as their case manager; mandates link by themselves."""
    from meedoen.cli.partner.api import CASE_MANAGER, PartnerApi

    body = {"id": str(uuid4()), "person_id": person, "basis": basis, "from_on": from_day}
    answer = PartnerApi(state, municipality).ask("POST", f"/partners/{partner}/links", CASE_MANAGER, body)
    _show(answer, as_json=as_json)


@partner_app.command()
def approve(
    subscription: SubscriptionId, state: State = STATE, municipality: Municipality = None, *, as_json: AsJson = False
) -> None:
    """Approve a subscription, as a colleague of who registered the partner."""
    from meedoen.cli.partner.api import COLLEAGUE

    _change(subscription, "approvals", COLLEAGUE, state, municipality, as_json=as_json)


@partner_app.command()
def pause(
    subscription: SubscriptionId, state: State = STATE, municipality: Municipality = None, *, as_json: AsJson = False
) -> None:
    """Hold back what comes for a subscription; nothing is lost."""
    from meedoen.cli.partner.api import COLLEAGUE

    _change(subscription, "pauses", COLLEAGUE, state, municipality, as_json=as_json)


@partner_app.command()
def resume(
    subscription: SubscriptionId, state: State = STATE, municipality: Municipality = None, *, as_json: AsJson = False
) -> None:
    """Deliver again, from where it stopped."""
    from meedoen.cli.partner.api import COLLEAGUE

    _change(subscription, "resumptions", COLLEAGUE, state, municipality, as_json=as_json)


@partner_app.command()
def replay(
    subscription: SubscriptionId,
    first: Annotated[int, typer.Option(min=1, help="first number that comes again")],
    last: Annotated[int, typer.Option(min=1, help="last number that comes again")],
    state: State = STATE,
    municipality: Municipality = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Deliver a range of a webhook's log again, each document under its own id."""
    from meedoen.cli.partner.api import COLLEAGUE, PartnerApi

    body = {"first_sequence": first, "last_sequence": last}
    path = f"/subscriptions/{subscription}/replays"
    _show(PartnerApi(state, municipality).ask("POST", path, COLLEAGUE, body), as_json=as_json)


@partner_app.command()
def subscribe(
    types: Annotated[list[str], typer.Argument(metavar="TYPE ...", help="types of events")],
    subject: Subject,
    sink: Annotated[str | None, typer.Option(help="address of a webhook; without it events are fetched")] = None,
    state: State = STATE,
    municipality: Municipality = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask for a subscription, as the partner. The secret of a webhook is shown this once."""
    from meedoen.cli.partner.api import PartnerApi, as_partner

    protocol = {"protocol": "webhook", "sink": sink} if sink else {"protocol": "pull"}
    body = {"id": str(uuid4()), "types": types, **protocol}
    answer = PartnerApi(state, municipality).ask("POST", "/subscriptions", as_partner(subject), body)
    _show(answer, as_json=as_json)


@partner_app.command()
def fetch(
    subscription: SubscriptionId,
    subject: Subject,
    since: Annotated[str, typer.Option(help="the last number that was handled, or a moment")] = "0",
    state: State = STATE,
    municipality: Municipality = None,
) -> None:
    """Fetch what came since a number, as the partner: one document a line."""
    for document in _fetch_all(subscription, subject, since, state, municipality):
        typer.echo(json.dumps(document, ensure_ascii=False))


@partner_app.command()
def digest(
    subscription: SubscriptionId, subject: Subject, state: State = STATE, municipality: Municipality = None
) -> None:
    """Prove by the digests that nothing is missing from what can be fetched."""
    from hashlib import sha256

    lines: list[str] = []
    for document in _fetch_all(subscription, subject, "0", state, municipality):
        if document["type"] == _DIGEST:
            is_right = sha256("".join(lines).encode()).hexdigest() == document["data"]["sha256"]
            typer.echo(f"{document['data']['day']}  {len(lines)} documents  {'complete' if is_right else 'DIFFERS'}")
            lines.clear()
        lines.append(f"{document['sequence']} {document['id']}\n")


@partner_app.command()
def listen(
    creditor: Annotated[str, typer.Option(help="code in the register of creditors that this partner is")] = "woonstad",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="port to listen on; 0 takes a free one")] = 0,
    state: State = STATE,
    municipality: Municipality = None,
) -> None:
    """Be a sample partner: register, subscribe, have it approved, and print each delivery and whether it holds."""
    from meedoen.cli.partner.sample import run_sample_partner

    run_sample_partner(state, municipality, creditor, port, typer.echo)


def _show(answer: Any, *, columns: Sequence[str] = (), as_json: bool, empty: str = "") -> None:
    from meedoen.cli.relief.output import show

    show(answer, columns=columns, as_json=as_json, empty=empty)


def _change(
    subscription: str, change: str, who: tuple[str, str], state: Any, municipality: str | None, *, as_json: bool
) -> None:
    from meedoen.cli.partner.api import PartnerApi

    answer = PartnerApi(state, municipality).ask("POST", f"/subscriptions/{subscription}/{change}", who)
    _show(answer, as_json=as_json)


def _fetch_all(subscription: str, subject: str, since: str, state: Any, municipality: str | None) -> Any:
    from meedoen.cli.partner.api import PartnerApi, as_partner

    api, path = PartnerApi(state, municipality), f"/subscriptions/{subscription}/events"
    while page := api.ask("GET", path, as_partner(subject), since=since, limit=_PAGE):
        yield from page
        since = page[-1]["sequence"]
