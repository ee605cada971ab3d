"""All commands of relief, gathered in their groups."""

import typer

from meedoen.cli.relief import bank, charges, households, runs, tasks
from meedoen.cli.relief import openapi_commands as find_operation
from meedoen.cli.relief.command_table import GROUPS, TABLE_COMMANDS
from meedoen.cli.relief.context import DOCUMENT, command

app = typer.Typer(
    name="relief",
    help="""Relief (ontzorgen) over the HTTP API: that of the local run, or another with MEEDOEN_RELIEF_URL and
    MEEDOEN_TOKEN.""",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_everyday_groups = (households.app, charges.charges_app, charges.mandates_app, runs.app, bank.app, tasks.app)
_groups = {str(everyday_group.info.name): everyday_group for everyday_group in _everyday_groups} | {
    name: typer.Typer(name=name, help=what, no_args_is_help=True, rich_markup_mode=None)
    for name, what in GROUPS.items()
}
for _entry in TABLE_COMMANDS:
    find_operation.add_table_command(_groups.get(_entry.group, app), _entry)
for _group in _groups.values():
    app.add_typer(_group)
command(app, "change-right", "POST /households/{household_id}/rights", old_name="right")(charges.change_right)
command(app, "operations", DOCUMENT)(find_operation.operations)
command(app, "call", DOCUMENT)(find_operation.call)
