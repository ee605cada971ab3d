"""The month's run: propose, review, let others approve, seal, release. RUN is its id, or its month."""

import re
from typing import Annotated, Any

import typer

from meedoen.cli.relief.context import CommandContext, OnDay, command
from meedoen.cli.relief.errors import RefusedError
from meedoen.cli.relief.households import Limit
from meedoen.cli.relief.parsing import TODAY, parse_day

app = typer.Typer(
    name="runs", help="The month's run, from proposal to release.", no_args_is_help=True, rich_markup_mode=None
)
RunOrMonth = Annotated[
    str, typer.Argument(metavar="RUN", help="its id, or its month such as 2026-07", show_default=False)
]
LIST = "GET /runs"
_COLUMNS = (
    "id",
    "month",
    "number",
    "state",
    "proposer",
    "households",
    "deducted_cents",
    "remainder_cents",
    "shortfall_cents",
    "total_cents",
    "payments",
    "eyes_needed",
)
_NEXT_STEPS = {
    "proposing": "it is being calculated: check again in a moment",
    "approved": "seal it: meedoen relief runs seal {run}",
    "sealed": "release it: meedoen relief runs release {run}",
    "releasing": "it is being booked: check again in a moment",
    "released": "make the bank's files: meedoen relief bank export {run}",
    "withdrawn": "the month can be proposed again",
}


@command(app, "propose", "POST /runs")
def propose(
    context: CommandContext,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", show_default=False)],
    on: OnDay = TODAY,
) -> None:
    """Propose the run of a month. Nothing is booked or paid yet."""
    run = context.request(month=month, proposed_on=parse_day(on))
    context.show_sentence(run, _run_sentence(run))


@command(app, "list", LIST)
def list_runs(context: CommandContext, limit: Limit = 50) -> None:
    """Show the runs and how far each has come."""
    context.show(context.fetch_items(limit=limit), *_COLUMNS, empty="No month has been proposed yet.")


@command(app, "show", "GET /runs/{run_id}")
def show_run(context: CommandContext, run: RunOrMonth) -> None:
    """Show a run: totals, differences from the month before, who must still approve, and what comes next."""
    view = context.request(find_run_id(context, run))
    if context.as_json:
        context.show(view)
        return
    from meedoen.cli.relief.output import show_fields

    run_view, differences = view["run"], view["differences"]
    names = ("id", "month", "number", "state", "proposer", "proposed_on", "sealed_on", "released_on", "withdrawn_on")
    sums = ("households", "payments", "norm_cents", "deducted_cents", "correction_cents", "remainder_cents")
    show_fields(
        {
            name: run_view[name]
            for name in (*names, *sums, "shortfall_cents", "total_cents")
            if run_view[name] is not None
        }
    )
    before = differences["month_before"]
    typer.echo(f"\nCompared with {before}:")
    show_fields({name: value for name, value in differences.items() if name != "month_before"})
    missing = max(run_view["eyes_needed"] - len(view["approved_by"]), 0)
    still = f"; {missing} more must approve" if missing else ""
    typer.echo(f"\nApproved by {', '.join(view['approved_by']) or 'nobody'}{still}.")
    done = ", ".join(f"{step} {count} of {run_view['parts']}" for step, count in view["parts_done"].items())
    typer.echo(f"Parts done: {done or 'none'}.")
    typer.echo(_next_step(run_view, missing))


@command(app, "months", "GET /runs/{run_id}/months")
def list_months(
    context: CommandContext,
    run: RunOrMonth,
    limit: Limit = 50,
    *,
    changed_only: Annotated[
        bool, typer.Option("--changed", help="only where amounts differ from the month before")
    ] = False,
) -> None:
    """Show the households of a run, beside their month before."""
    result = context.fetch_items(find_run_id(context, run), limit=limit, changedOnly=changed_only or None)
    context.show(result, empty="No household of this run differs." if changed_only else "This run has no households.")


def _add_step(name: str, path: str, summary: str) -> None:
    def take(context: CommandContext, run: RunOrMonth, on: OnDay = TODAY) -> None:
        run_view = context.request(find_run_id(context, run), on=parse_day(on))
        context.show_sentence(run_view, _run_sentence(run_view))

    take.__doc__ = summary
    command(app, name, f"POST /runs/{{run_id}}/{path}")(take)


_add_step("approve", "approvals", "Approve a run that someone else proposed.")
_add_step("seal", "seals", "Seal an approved run: its count, its sum and its hash are then final.")
_add_step(
    "release", "releases", "Release a sealed run: it is booked and published, and its payments may go to the bank."
)
_add_step("withdraw", "withdrawals", "Withdraw a run that is not sealed. It leaves nothing behind.")


def find_run_id(context: CommandContext, run: str) -> str:
    """Return the id of a run from its id or its month; RefusedError if the month has none, or several."""
    if not re.fullmatch(r"\d{4}-\d{2}", run):
        return run
    matches = [
        candidate
        for candidate in _fetch_all_runs(context)
        if candidate["month"] == run and candidate["state"] != "withdrawn"
    ]
    if len(matches) != 1:
        ids = "; ".join(f"{candidate['id']} ({candidate['state']})" for candidate in matches)
        raise RefusedError(
            f"{run} has several runs; give the id of one: {ids}." if matches else f"{run} has no run yet."
        )
    return str(matches[0]["id"])


def _fetch_all_runs(context: CommandContext) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = context.request_operation(LIST, limit=200, cursor=cursor)
        runs += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return runs


def _run_sentence(run: dict[str, Any]) -> str:
    from shared.money import euro_text

    total = euro_text(run["total_cents"], "en")
    homes = "household" if run["households"] == 1 else "households"
    totals = (
        "" if run["state"] == "proposing" else f": {run['households']} {homes}, {total}, {run['payments']} payments"
    )
    return f"Run {run['number']} of {run['month']} is {run['state']}{totals}.\n{_next_step(run, run['eyes_needed'])}"


def _next_step(run: dict[str, Any], missing: int) -> str:
    who = "another person" if missing == 1 else f"{missing} other people"
    approval = f"{who} must approve it: meedoen relief runs approve {{run}}"
    command_line = (
        approval if run["state"] == "proposed" else _NEXT_STEPS.get(run["state"], "meedoen relief runs show {run}")
    )
    return f"Next: {command_line.format(run=run['id'])}."
