"""The bank: accounts confirmed by a second person, payment files, status reports and statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from meedoen.cli.relief.context import CommandContext, OnDay, OwnId, command, fill_path
from meedoen.cli.relief.downloads import download_whole, find_target
from meedoen.cli.relief.errors import RefusedError, usage_error
from meedoen.cli.relief.households import Limit
from meedoen.cli.relief.parsing import TODAY, ensure_id, parse_day
from meedoen.cli.relief.runs import RunOrMonth, find_run_id

app = typer.Typer(
    name="bank",
    help="The bank: accounts, payment files, reports, statements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
XmlFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="as received from the bank", show_default=False),
]
FILES = "GET /payment-files"


@command(app, "accounts", "GET /bank-accounts")
def list_accounts(context: CommandContext) -> None:
    """Show the accounts, and which of them still need a second person."""
    context.show(context.request(), empty="No account has been proposed yet.")


@command(app, "propose-account", "POST /bank-accounts")
def propose_account(
    context: CommandContext,
    name: Annotated[str, typer.Option("--name", help="holder's name", show_default=False)],
    iban: Annotated[str, typer.Option("--iban", show_default=False)],
    household: Annotated[
        str | None, typer.Option("--household", help="by default it is the municipality's own account")
    ] = None,
    payee: Annotated[str | None, typer.Option("--payee", help="person (default) or partner")] = None,
    own_id: OwnId = None,
) -> None:
    """Propose an account. A colleague confirms it before it is used."""
    context.show(context.request(id=ensure_id(own_id), name=name, iban=iban, household_id=household, payee=payee))


@command(app, "confirm-account", "POST /bank-accounts/{account_id}/confirmations")
def confirm_account(
    context: CommandContext,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="its id", show_default=False)],
) -> None:
    """Confirm an account that someone else proposed."""
    context.show(context.request(account))


@command(app, "export", "POST /runs/{run_id}/payment-files")
def export(context: CommandContext, run: RunOrMonth, on: OnDay = TODAY) -> None:
    """Make the bank's files of a released run. Repeated, it returns the same files."""
    context.show(
        context.request(find_run_id(context, run), exported_on=parse_day(on)),
        empty="There is nothing to pay in this run.",
    )


@command(app, "files", FILES)
def list_files(
    context: CommandContext,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="only of this run")] = None,
) -> None:
    """Show the files that were made."""
    context.show(context.request(runId=run and find_run_id(context, run)), empty="No file has been made yet.")


@command(app, "download", "GET /payment-files/{file_id}/content")
def download(
    context: CommandContext,
    file_id: Annotated[str, typer.Argument(metavar="FILE", help="its id in bank files", show_default=False)],
    to: Annotated[str | None, typer.Option("--to", help="file, or folder/; by default FILE.xml here")] = None,
) -> None:
    """Download a file for the bank, byte for byte as it was made, readable by you alone."""
    payment_file = next((item for item in context.request_operation(FILES)["items"] if item["id"] == file_id), None)
    if payment_file is None:
        raise RefusedError(f"File '{file_id}' does not exist: meedoen relief bank files lists the existing ones.")
    target = find_target(to, f"{file_id}.xml")
    sha256 = download_whole(context, (file_id,), target)
    if sha256 != payment_file["sha256"]:
        target.unlink()
        raise RefusedError(f"The download of {file_id} is damaged (its hash differs): download it again.")
    size_bytes = target.stat().st_size
    summary = {"file": str(target), "payments": payment_file["payments"], "total_cents": payment_file["total_cents"]}
    context.show({**summary, "bytes": size_bytes, "sha256": sha256})


@command(app, "status-report", "POST /status-reports")
def take_status_report(context: CommandContext, file: XmlFile) -> None:
    """Upload a status report (pain.002) of the bank. The same file again changes nothing."""
    context.show(_upload(context, file))


@command(app, "statement", "POST /bank-statements")
def take_statement(context: CommandContext, file: XmlFile) -> None:
    """Upload a statement (camt.053) of the bank. The same file again changes nothing."""
    context.show(_upload(context, file))


@command(app, "entries", "GET /bank-entries")
def list_entries(
    context: CommandContext,
    limit: Limit = 50,
    outcome: Annotated[str | None, typer.Option("--outcome", help="only these: unknown, returned, ...")] = None,
) -> None:
    """Show the entries of the bank's statements, and what each turned out to be."""
    context.show(context.fetch_items(limit=limit, outcome=outcome), empty="No statement has been uploaded yet.")


@command(app, "replace", "POST /payments/{payment_id}/replacements")
def replace(
    context: CommandContext,
    payment: Annotated[str, typer.Argument(metavar="PAYMENT", help="id of the refused payment", show_default=False)],
    on: OnDay = TODAY,
) -> None:
    """Pay a refused payment again, linked to the old one."""
    context.show(context.request(payment, instructed_on=parse_day(on)))


def _upload(context: CommandContext, file: Path) -> Any:
    from meedoen.cli.relief.client import ReliefClient

    _, path = fill_path(context.operation, ())
    with open_for_reading(file) as content, ReliefClient(context) as service:
        return service.upload(path, content)


@contextmanager
def open_for_reading(file: Path) -> Iterator[BinaryIO]:
    """Open the file; a usage error if it cannot be read."""
    try:
        content = file.open("rb")
    except OSError as problem:
        raise usage_error(f"{file} cannot be read ({problem.strerror}): give the path of the bank's file.") from None
    with content:
        yield content
