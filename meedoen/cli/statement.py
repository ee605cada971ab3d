"""The command for the statements of one household: its options. The work is done in `meedoen.statement`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

MONTHS_MAX = 120


def statement(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the household as JSON; - reads standard input")],
    month: Annotated[str | None, typer.Option(help="YYYY-MM instead of the file's month")] = None,
    months: Annotated[
        int | None, typer.Option(min=1, max=MONTHS_MAX, help="number of statements, from the file's month on")
    ] = None,
    policies: Annotated[
        Path | None, typer.Option(envvar="MEEDOEN_POLICIES", help="a folder with policy files of your own")
    ] = None,
) -> None:
    """Print a household's statements as JSON. Needs no database and no broker."""
    if month is not None and months is not None:
        raise typer.BadParameter("Give either --month for one month, or --months for several from the file's month on.")
    from meedoen.statement.evaluation import evaluate_file
    from services.ontzorgen.policies.handlers import load_policies
    from shared.errors.refusals import RefusedError, WrongInputError

    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        document = evaluate_file(
            text, load_policies(_policies_folder(policies)), month=_check_month(month), months=months or 1
        )
    except WrongInputError as wrong:
        exit_with_sentences(*(f"{fault.field}: {fault.sentence}" for fault in wrong.faults))
    except OSError as problem:
        exit_with_sentences(f"{file} cannot be read ({problem.strerror}): give the path of a household's file.")
    except (ValueError, RefusedError) as problem:
        exit_with_sentences(str(problem))
    else:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def exit_with_sentences(*sentences: str) -> None:
    """Print what is wrong and end with code 2."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(2)


def _policies_folder(policies: Path | None) -> Path | None:
    return policies.resolve() if policies else None


def _check_month(month: str | None) -> str | None:
    from meedoen.statement.values import parse_month

    try:
        return None if month is None else parse_month(month)
    except ValueError as problem:
        raise ValueError(f"--month: {problem}") from None
