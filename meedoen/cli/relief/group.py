"""All commands of relief, gathered in their groups."""

import typer

from meedoen.cli.relief import bank, charges, households, runs, tasks
from meedoen.cli.relief import openapi_commands as named
from meedoen.cli.relief.command_table import GROUPS, LINES
from meedoen.cli.relief.context import DOCUMENT, command

app = typer.Typer(
    name="relief",
    help="""Relief (ontzorgen) over the HTTP API: beside a local run by itself, elsewhere with MEEDOEN_RELIEF_URL and
    MEEDOEN_TOKEN.""",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_daily = (households.app, charges.charges_app, charges.mandates_app, runs.app, bank.app, tasks.app)
_groups = {str(one.info.name): one for one in _daily} | {
    name: typer.Typer(name=name, help=what, no_args_is_help=True, rich_markup_mode=None)
    for name, what in GROUPS.items()
}
for _line in LINES:
    named.add_line(_groups.get(_line.group, app), _line)
for _group in _groups.values():
    app.add_typer(_group)
command(app, "right", "POST /households/{household_id}/rights")(charges.right)
command(app, "operations", DOCUMENT)(named.operations)
command(app, "call", DOCUMENT)(named.call)
