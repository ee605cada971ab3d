"""The tasks that wait for a person."""

from typing import Annotated

import typer

from meedoen.cli.relief.context import CommandContext, OnDay, command
from meedoen.cli.relief.households import Limit
from meedoen.cli.relief.parsing import TODAY, parse_day

app = typer.Typer(name="tasks", help="Tasks that wait for a person.", no_args_is_help=True, rich_markup_mode=None)


@command(app, "list", "GET /tasks")
def list_tasks(
    context: CommandContext,
    limit: Limit = 50,
    for_role: Annotated[str | None, typer.Option("--for", metavar="ROLE", help="only for this role")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="also completed tasks")] = False,
) -> None:
    """Show the open tasks."""
    open_only = "false" if everything else None
    context.show(context.fetch_items(limit=limit, forRole=for_role, openOnly=open_only), empty="No task is open.")


@command(app, "complete", "POST /tasks/{task_id}/completions")
def complete_task(
    context: CommandContext,
    task: Annotated[str, typer.Argument(metavar="TASK", help="its id", show_default=False)],
    on: OnDay = TODAY,
) -> None:
    """Complete a task."""
    context.show(context.request(task, done_on=parse_day(on)))
