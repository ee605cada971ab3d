"""What every command for relief has in common: where the service is, who the user is, and how the answer is shown.

A command is written with its own arguments only; `command` adds the common options and catches every refusal.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from meedoen.cli.options import STATE, State
from meedoen.cli.relief.errors import EXIT_FAILED, usage_error
from meedoen.stack.errors import LocalError

Url = Annotated[
    str | None,
    typer.Option("--url", envvar="MEEDOEN_RELIEF_URL", help="address of ontzorgen; by default the local run's"),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", envvar="MEEDOEN_TOKEN", help="bearer token; set it in the environment, where others cannot read it"
    ),
]
Municipality = Annotated[
    str | None,
    typer.Option("--municipality", help="CBS code, for a local token; by default the run's first", show_default=False),
]
Subject = Annotated[str | None, typer.Option("--as", metavar="SUBJECT", help="your name, for a local token")]
RoleOption = Annotated[
    str | None, typer.Option("--role", help="for a local token; by default budget_manager, treasurer for files")
]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
FieldArguments = Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE", help="fields", show_default=False)]
BodyFile = Annotated[
    Path | None, typer.Option("--file", help="fields as JSON, or a bank's XML; - reads standard input", metavar="FILE")
]
OwnId = Annotated[str | None, typer.Option("--id", help="id of the new record: the same id again changes nothing")]
OnDay = Annotated[str, typer.Option("--on", metavar="DAY", help="the day of the action")]
Household = Annotated[str, typer.Argument(metavar="HOUSEHOLD", help="its id", show_default=False)]

DOCUMENT = "GET /openapi.json"


class CommandIndex:
    """The operation of every command, by the command's words, such as "tasks list"."""

    def __init__(self) -> None:
        self._operations: dict[str, str] = {}

    def add(self, words: str, operation: str) -> None:
        self._operations[words] = operation

    def find_operation(self, words: str) -> str | None:
        return self._operations.get(words)

    def list_commands(self, operation: str) -> list[str]:
        """Return the words of every command that calls this operation."""
        return [words for words, called in self._operations.items() if called == operation]

    def list_operations(self) -> set[str]:
        return set(self._operations.values())


COMMANDS = CommandIndex()


@dataclass(frozen=True)
class CommandContext:
    """The common options of one command, and its requests to the service."""

    operation: str
    url: str | None
    token: str | None = field(repr=False)
    municipality: str | None
    subject: str | None
    role: str | None
    state: Path
    as_json: bool

    def request(self, *ids: str, **fields: Any) -> Any:
        """Return the answer to the command's own operation; fields that are None are left out. RefusedError with
        sentences.
        """
        return self.request_operation(self.operation, *ids, **fields)

    def request_operation(self, operation: str, *ids: str, **fields: Any) -> Any:
        """Return the answer to an operation written as "GET /runs/{run}"."""
        from meedoen.cli.relief.client import ReliefClient

        method, path = fill_path(operation, ids)
        request_fields = {name: value for name, value in fields.items() if value is not None}
        with ReliefClient(self) as service:
            return service.request(method, path, **{"query" if method == "GET" else "body": request_fields})

    def fetch_items(self, *ids: str, limit: int, **fields: Any) -> dict[str, Any]:
        """Return at most `limit` items of a list, read page by page."""
        result: dict[str, Any] = {"items": [], "next_cursor": None}
        cursor = None
        while len(result["items"]) < limit:
            page = self.request(*ids, limit=min(limit - len(result["items"]), PAGE_MAX), cursor=cursor, **fields)
            result["items"] += page["items"]
            cursor = result["next_cursor"] = page["next_cursor"]
            if cursor is None:
                break
        return result

    def show(self, document: Any, *columns: str, empty: str = "The list is empty.") -> None:
        """Print the answer as JSON for programs, else as tables."""
        from meedoen.cli.relief.output import show

        show(document, columns=columns, as_json=self.as_json, empty=empty)

    def show_sentence(self, document: Any, sentence: str) -> None:
        """Print one sentence about the change, or the whole answer for programs."""
        if self.as_json:
            self.show(document)
        else:
            typer.echo(sentence)


PAGE_MAX = 200
Command = Callable[..., None]
_COMMON: Mapping[str, tuple[Any, Any]] = {
    "url": (Url, None),
    "token": (Token, None),
    "municipality": (Municipality, None),
    "subject": (Subject, None),
    "role": (RoleOption, None),
    "state": (State, STATE),
    "as_json": (Json, False),
}
assert set(_COMMON) == {option.name for option in fields(CommandContext)} - {"operation"}  # noqa: S101 - read together


def command(
    group: typer.Typer, name: str, operation: str, *, epilog: str | None = None, old_name: str | None = None
) -> Callable[[Command], Command]:
    """Add a function as a command: its first parameter is the context, the others its arguments and options.

    `operation` is the one it calls, as "POST /runs". `old_name` still works and is left out of the help.
    """

    def add(function: Command) -> Command:
        parameters, grouped = _split_parameters(function)

        def run(**values: Any) -> None:
            context = CommandContext(operation=operation, **{common: values.pop(common) for common in _COMMON})
            grouped_values = {
                parameter_name: kind(**{name: values.pop(name) for name in names})
                for parameter_name, kind, names in grouped
            }
            try:
                function(context, **values, **grouped_values)
            except LocalError as problem:
                typer.echo(str(problem), err=True)
                raise typer.Exit(getattr(problem, "exit_code", EXIT_FAILED)) from None

        run.__signature__ = inspect.Signature([*parameters, *_common_parameters()])  # type: ignore[attr-defined] # typer reads it
        run.__annotations__ = {}
        run.__doc__ = function.__doc__
        group.command(name, epilog=epilog)(run)
        if old_name is not None:
            group.command(old_name, epilog=epilog, hidden=True)(run)
        words = name if group.info.name == "relief" else f"{group.info.name} {name}"
        COMMANDS.add(words, operation)
        return function

    return add


def _split_parameters(function: Command) -> tuple[list[inspect.Parameter], list[tuple[str, type, list[str]]]]:
    """Return a command's own parameters; a dataclass among them is replaced by its fields."""
    parameters: list[inspect.Parameter] = []
    grouped = []
    for parameter in list(inspect.signature(function, eval_str=True).parameters.values())[1:]:
        if is_dataclass(parameter.annotation) and isinstance(parameter.annotation, type):
            class_parameters = inspect.signature(parameter.annotation, eval_str=True).parameters
            parameters += class_parameters.values()
            grouped.append((parameter.name, parameter.annotation, list(class_parameters)))
        else:
            parameters.append(parameter)
    return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters], grouped


def _common_parameters() -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, kind, default=default, annotation=how) for name, (how, default) in _COMMON.items()]


def fill_path(operation: str, ids: tuple[str, ...]) -> tuple[str, str]:
    """Return method and path of "GET /runs/{run}" with these ids, checked so that none leads to another address."""
    method, _, template = operation.partition(" ")
    remaining_ids = iter(ids)
    return method, re.sub(r"\{(\w+)\}", lambda match: _check_path_value(match[1], next(remaining_ids)), template)


def _check_path_value(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", value):
        raise usage_error(
            f"'{value}' cannot be the {name.removesuffix('_id').replace('_', ' ')}: copy its id from a list."
        )
    return value
