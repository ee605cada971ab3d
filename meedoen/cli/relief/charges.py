"""What is paid for a household: its right to assistance, its charges, and the mandates that they need."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from meedoen.cli.relief.context import CommandContext, Household, OnDay, OwnId, command
from meedoen.cli.relief.downloads import download_whole, find_target
from meedoen.cli.relief.parsing import TODAY, ensure_id, parse_cents, parse_day

charges_app = typer.Typer(
    name="charges", help="Charges: add, change, end, confirm.", no_args_is_help=True, rich_markup_mode=None
)
mandates_app = typer.Typer(
    name="mandates", help="Mandates: ask, follow, grant and revoke.", no_args_is_help=True, rich_markup_mode=None
)
Charge = Annotated[str, typer.Argument(metavar="CHARGE", help="its id", show_default=False)]
Mandate = Annotated[str, typer.Argument(metavar="MANDATE", help="its id", show_default=False)]
Kind = Annotated[str, typer.Option("--kind", help="rent, energy, water, ...", show_default=False)]
Creditor = Annotated[str, typer.Option("--creditor", help="its code", show_default=False)]
Amount = Annotated[str, typer.Option("--amount", metavar="EUROS", help="per month, such as 612.50", show_default=False)]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="first day, such as 2026-07-01", show_default=False)]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="last day, if known")]
KnownOn = Annotated[str, typer.Option("--known-on", metavar="DAY", help="day on which it became known")]
FirstDue = Annotated[str | None, typer.Option("--first-due", metavar="YYYY-MM", help="first month that is paid")]
Reference = Annotated[str, typer.Option("--reference", help="the creditor's reference", show_default=False)]
Regeldag = Annotated[str | None, typer.Option("--regeldag", metavar="ID", help="the regeldag that arranged it")]


@dataclass(frozen=True)
class NewCharge:
    kind: Kind
    creditor: Creditor
    amount: Amount
    reference: Reference
    from_day: From
    until_day: Until = None
    iban: Annotated[str | None, typer.Option("--iban", help="by default the creditor's in the register")] = None
    first_due: FirstDue = None
    known_on: Annotated[
        str | None, typer.Option("--known-on", metavar="DAY", help="day on which it became known, if late")
    ] = None
    regeldag_id: Regeldag = None
    own_id: OwnId = None


@dataclass(frozen=True)
class ChargeChange:
    amount: Amount
    from_day: From
    known_on: KnownOn = TODAY
    until_day: Until = None
    iban: Annotated[str | None, typer.Option("--iban", help="a new IBAN, to be confirmed by a colleague")] = None
    reference: Annotated[str | None, typer.Option("--reference", help="a new reference")] = None
    first_due: FirstDue = None
    own_id: OwnId = None


@dataclass(frozen=True)
class NewMandate:
    kind: Kind
    creditor: Creditor
    granted_on: Annotated[str, typer.Option("--from", metavar="DAY", help="first day")] = TODAY
    until_day: Until = None
    procedure: Annotated[str | None, typer.Option("--procedure", help="by default the creditor's")] = None
    first_month: Annotated[
        str | None, typer.Option("--first-month", metavar="YYYY-MM", help="first month that is paid")
    ] = None
    regeldag_id: Regeldag = None
    own_id: OwnId = None


@command(charges_app, "add", "POST /households/{household_id}/charges")
def add_charge(context: CommandContext, household: Household, charge: NewCharge) -> None:
    """Add a charge. It is paid once there is a mandate for it."""
    context.show(context.request(household, **request_fields(charge)))


@command(charges_app, "change", "POST /households/{household_id}/charges/{charge_id}/changes")
def change_charge(context: CommandContext, household: Household, charge: Charge, change: ChargeChange) -> None:
    """Change a charge from a day on. Months that were run already are corrected in the next run."""
    context.show(context.request(household, charge, **request_fields(change)))


@command(charges_app, "end", "POST /households/{household_id}/charges/{charge_id}/endings")
def end_charge(
    context: CommandContext,
    household: Household,
    charge: Charge,
    until_day: Annotated[str, typer.Option("--until", metavar="DAY", help="its last day", show_default=False)],
    known_on: KnownOn = TODAY,
    own_id: OwnId = None,
) -> None:
    """End a charge. Months beyond that day that were run already are corrected in the next run."""
    context.show(
        context.request(
            household, charge, id=ensure_id(own_id), known_on=parse_day(known_on), until_day=parse_day(until_day)
        )
    )


@command(charges_app, "confirm", "POST /households/{household_id}/charges/{version_id}/confirmations")
def confirm_charge(
    context: CommandContext,
    household: Household,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="id of the charge or change", show_default=False)],
    on: OnDay = TODAY,
) -> None:
    """Confirm the IBAN of a charge, new or changed, as a second person."""
    context.show_sentence(
        context.request(household, version, confirmed_on=parse_day(on)),
        "The IBAN is confirmed; the charge is paid to it.",
    )


@command(mandates_app, "grant", "POST /households/{household_id}/mandates")
def grant_mandate(context: CommandContext, household: Household, mandate: NewMandate) -> None:
    """Record a mandate, so that the charges of that kind and creditor are paid."""
    context.show(context.request(household, **request_fields(mandate)))


@command(mandates_app, "revoke", "POST /households/{household_id}/mandates/{mandate_id}/revocations")
def revoke_mandate(
    context: CommandContext,
    household: Household,
    mandate: Mandate,
    on: OnDay = TODAY,
) -> None:
    """Revoke a mandate from a day on."""
    context.show(context.request(household, mandate, revoked_on=parse_day(on)))


@command(mandates_app, "form", "GET /households/{household_id}/mandates/{mandate_id}/form")
def write_mandate_form(
    context: CommandContext,
    household: Household,
    mandate: Mandate,
    to: Annotated[str | None, typer.Option("--to", help="file, or folder/; by default MANDATE.pdf here")] = None,
) -> None:
    """Download the form of a mandate as a PDF, to be signed."""
    target = find_target(to, f"{mandate}.pdf")
    sha256 = download_whole(context, (household, mandate), target)
    context.show({"file": str(target), "bytes": target.stat().st_size, "sha256": sha256})


def change_right(
    context: CommandContext,
    household: Household,
    from_day: From,
    until_day: Until = None,
    known_on: KnownOn = TODAY,
    own_id: OwnId = None,
) -> None:
    """Change the right to assistance. Give its first day and, if it ends, its last."""
    until = None if until_day is None else parse_day(until_day)
    identity = {"id": ensure_id(own_id), "known_on": parse_day(known_on)}
    context.show(context.request(household, right_from=parse_day(from_day), right_until=until, **identity))


def request_fields(options: Any) -> dict[str, Any]:
    """Return the options under the service's names: days checked, euros in cents, and an id."""
    fields = {name: value for name, value in vars(options).items() if value is not None}
    days = {name: parse_day(value) for name, value in fields.items() if name.endswith(("_on", "_day"))}
    amount = {"amount_cents": parse_cents(fields.pop("amount"))} if "amount" in fields else {}
    return {"id": ensure_id(fields.pop("own_id", None)), **fields, **days, **amount}
