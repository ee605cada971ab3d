"""The month's run: propose, look, let others approve, seal, release. RUN is its id, or the month it is of."""

import re
from typing import Annotated, Any

import typer

from meedoen.cli.relief.context import Desk, OnDay, command
from meedoen.cli.relief.errors import RefusedError
from meedoen.cli.relief.households import Limit
from meedoen.cli.relief.parsing import TODAY, day

app = typer.Typer(
    name="runs", help="The month's run, from proposal to release.", no_args_is_help=True, rich_markup_mode=None
)
RunOrMonth = Annotated[str, typer.Argument(metavar="RUN", help="its id, or its month as 2026-07", show_default=False)]
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
_WAYS_ON = {
    "proposing": "it is being worked out: look again in a moment",
    "approved": "seal it: meedoen relief runs seal {run}",
    "sealed": "release it: meedoen relief runs release {run}",
    "releasing": "it is being booked: look again in a moment",
    "released": "make the bank's files: meedoen relief bank export {run}",
    "withdrawn": "the month may be proposed anew",
}


@command(app, "propose", "POST /runs")
def propose(
    desk: Desk, month: Annotated[str, typer.Argument(metavar="YYYY-MM", show_default=False)], on: OnDay = TODAY
) -> None:
    """Propose the run of a month. Nothing is booked or paid yet."""
    run = desk.ask(month=month, proposed_on=day(on))
    desk.say(run, _told(run))


@command(app, "list", LIST)
def list_runs(desk: Desk, limit: Limit = 50) -> None:
    """Show the runs and how far each has come."""
    desk.show(desk.pages(limit=limit), *_COLUMNS, empty="No month was proposed yet.")


@command(app, "show", "GET /runs/{run_id}")
def show_run(desk: Desk, run: RunOrMonth) -> None:
    """Show a run: totals, what differs from the month before, who must still look, and what comes next."""
    view = desk.ask(chosen(desk, run))
    if desk.as_json:
        desk.show(view)
        return
    from meedoen.cli.relief.output import grid

    seen, differences = view["run"], view["differences"]
    names = ("id", "month", "number", "state", "proposer", "proposed_on", "sealed_on", "released_on", "withdrawn_on")
    sums = ("households", "payments", "norm_cents", "deducted_cents", "correction_cents", "remainder_cents")
    grid({name: seen[name] for name in (*names, *sums, "shortfall_cents", "total_cents") if seen[name] is not None})
    before = differences["month_before"]
    typer.echo(f"\nAgainst {before}:")
    grid({name: value for name, value in differences.items() if name != "month_before"})
    missing = max(seen["eyes_needed"] - len(view["approved_by"]), 0)
    still = f"; {missing} still to approve" if missing else ""
    typer.echo(f"\nApproved by {', '.join(view['approved_by']) or 'nobody'}{still}.")
    done = ", ".join(f"{step} {count} of {seen['parts']}" for step, count in view["parts_done"].items())
    typer.echo(f"Parts done: {done or 'none'}.")
    typer.echo(_way_on(seen, missing))


@command(app, "months", "GET /runs/{run_id}/months")
def list_months(
    desk: Desk,
    run: RunOrMonth,
    limit: Limit = 50,
    *,
    changed_only: Annotated[
        bool, typer.Option("--changed", help="only where amounts differ from the month before")
    ] = False,
) -> None:
    """Show the households of a run, beside their month before."""
    found = desk.pages(chosen(desk, run), limit=limit, changedOnly=changed_only or None)
    desk.show(found, empty="No household of this run differs." if changed_only else "This run has no households.")


def _step(name: str, path: str, what: str) -> None:
    def take(desk: Desk, run: RunOrMonth, on: OnDay = TODAY) -> None:
        made = desk.ask(chosen(desk, run), on=day(on))
        desk.say(made, _told(made))

    take.__doc__ = what
    command(app, name, f"POST /runs/{{run_id}}/{path}")(take)


_step("approve", "approvals", "Approve a run that someone else proposed.")
_step("seal", "seals", "Seal an approved run: its count, its sum and its hash stand from then on.")
_step("release", "releases", "Release a sealed run: it is booked and told, and its payments may go to the bank.")
_step("withdraw", "withdrawals", "Withdraw a run that is not sealed. Nothing of it stays.")


def chosen(desk: Desk, run: str) -> str:
    """The id of a run that is named by its id or by its month; RefusedError when the month has none, or several."""
    if not re.fullmatch(r"\d{4}-\d{2}", run):
        return run
    found = [one for one in _all_runs(desk) if one["month"] == run and one["state"] != "withdrawn"]
    if len(found) != 1:
        ids = "; ".join(f"{one['id']} ({one['state']})" for one in found)
        raise RefusedError(f"{run} has several runs, name one by its id: {ids}." if found else f"{run} has no run yet.")
    return str(found[0]["id"])


def _all_runs(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = desk.ask_for(LIST, limit=200, cursor=cursor)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _told(run: dict[str, Any]) -> str:
    from shared.money import euro_text

    total = euro_text(run["total_cents"], "en")
    homes = "household" if run["households"] == 1 else "households"
    totals = (
        "" if run["state"] == "proposing" else f": {run['households']} {homes}, {total}, {run['payments']} payments"
    )
    return f"Run {run['number']} of {run['month']} is {run['state']}{totals}.\n{_way_on(run, run['eyes_needed'])}"


def _way_on(run: dict[str, Any], missing: int) -> str:
    who = "another person" if missing == 1 else f"{missing} other persons"
    others = f"{who} must approve it: meedoen relief runs approve {{run}}"
    way = others if run["state"] == "proposed" else _WAYS_ON.get(run["state"], "meedoen relief runs show {run}")
    return f"Next: {way.format(run=run['id'])}."
