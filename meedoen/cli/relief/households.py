"""The households of a municipality and what was run for them: their file, their months, their ledger."""

from typing import Annotated, Any

import typer

from meedoen.cli.relief.context import CommandContext, Household, command
from meedoen.cli.relief.errors import RefusedError

app = typer.Typer(
    name="households",
    help="Households: their file, their months with explanations, their ledger.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000, help="how many at most")]
_COLUMNS = ("id", "household_type", "age_band", "right_from", "right_until", "first_day", "last_day", "next_month")
_MONTH = (
    "month",
    "status",
    "norm_cents",
    "available_cents",
    "deducted_cents",
    "correction_cents",
    "remainder_cents",
    "shortfall_cents",
    "run_on",
)


@command(app, "list", "GET /households")
def list_households(context: CommandContext, limit: Limit = 50) -> None:
    """Show the households in relief."""
    result = context.fetch_items(limit=limit)
    columns = (*_COLUMNS, "months_run", "ended_on", "end_reason")
    context.show(result, *columns, empty="No household receives relief here yet.")


@command(app, "show", "GET /households/{household_id}")
def show_household(context: CommandContext, household: Household) -> None:
    """Show a household's file: its right, its charges, its mandates."""
    context.show(context.request(household))


@command(app, "statement", "GET /households/{household_id}/statements")
def show_statement(
    context: CommandContext,
    household: Household,
    month: Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="one month in full")] = None,
) -> None:
    """Show the months that were run. One of them in full with --month."""
    result = context.request(household)
    if month is None:
        context.show(result, *_MONTH, empty="No month has been run for this household yet.")
        return
    statement = next((item for item in result["items"] if item["month"] == month), None)
    if statement is None:
        months_run = ", ".join(item["month"] for item in result["items"]) or "none yet"
        raise RefusedError(f"{month} has not been run for this household; the months that have: {months_run}.")
    context.show(statement)


@command(app, "explain", "GET /households/{household_id}/statements/{month}/explanation")
def explain(
    context: CommandContext,
    household: Household,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", show_default=False)],
) -> None:
    """Explain a month line by line, each with its article or the municipality's choice."""
    context.show(context.request(household, month))


@command(app, "ledger", "GET /households/{household_id}/ledger-entries")
def show_ledger(context: CommandContext, household: Household) -> None:
    """Show the ledger: each line of each entry."""
    ledger = context.request(household)
    document = (
        ledger if context.as_json else {"items": [line for entry in ledger["items"] for line in _ledger_lines(entry)]}
    )
    context.show(document, empty="Nothing has been booked for this household yet.")


def _ledger_lines(entry: dict[str, Any]) -> list[dict[str, Any]]:
    about = {"entry": str(entry["id"]), **{name: entry[name] for name in ("booked_on", "month", "kind")}}
    return [{**about, **line} for line in entry["lines"]]
