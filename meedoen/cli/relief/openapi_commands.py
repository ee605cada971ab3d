"""Commands whose fields are NAME=VALUE and come from the service's own OpenAPI document.

Those of `command_table` have names that read well; `call` reaches every operation by its own name, and `operations`
lists them with their fields.
"""

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meedoen.cli.relief.command_table import TableCommand
from meedoen.cli.relief.context import (
    COMMANDS,
    DOCUMENT,
    BodyFile,
    CommandContext,
    FieldArguments,
    OwnId,
    command,
    fill_path,
)
from meedoen.cli.relief.errors import usage_error
from meedoen.cli.relief.parsing import ensure_id

if TYPE_CHECKING:
    from meedoen.cli.relief.client import ReliefClient
    from meedoen.cli.relief.operations import Operation

_KIND = inspect.Parameter.KEYWORD_ONLY
_POST_OPTIONS = [
    inspect.Parameter("file", _KIND, default=None, annotation=BodyFile),
    inspect.Parameter("own_id", _KIND, default=None, annotation=OwnId),
]


def add_table_command(group: typer.Typer, entry: TableCommand) -> None:
    """Add one command of the table: the ids of its path are its arguments, then come the fields."""
    path_fields = re.findall(r"\{(\w+)\}", entry.operation)

    def run(context: CommandContext, assignments: list[str] | None, **rest: Any) -> None:
        ids = [rest.pop(name) for name in path_fields]
        answer = _run_operation(context, entry.operation, ids, assignments or [], **rest)
        if entry.part is None:
            context.show(answer)
            return
        part = answer[entry.part]
        context.show({"items": part} if isinstance(part, list) else part or {"items": []})

    arguments = [inspect.Parameter(name, _KIND, annotation=_id_argument(name)) for name in path_fields]
    fields = inspect.Parameter("assignments", _KIND, default=None, annotation=FieldArguments)
    options = _POST_OPTIONS if entry.operation.startswith("POST") else []
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=CommandContext)
    run.__signature__ = inspect.Signature([context, *arguments, fields, *options])  # type: ignore[attr-defined] # read by command
    run.__doc__ = entry.summary
    words = f"{entry.group} {entry.name}".strip()
    epilog = f"Its fields: meedoen relief operations {words}"
    command(group, entry.name, entry.operation, epilog=epilog, old_name=entry.old_name)(run)


def call(
    context: CommandContext,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="its name", show_default=False)],
    assignments: FieldArguments = None,
    file: BodyFile = None,
    own_id: OwnId = None,
) -> None:
    """Call any operation by its name. Ids in its path are fields like the others."""
    from meedoen.cli.relief.client import ReliefClient
    from meedoen.cli.relief.operations import find_operation, list_operations

    with ReliefClient(context) as service:
        target = find_operation(list_operations(service.request(*fill_path(DOCUMENT, ()))), operation)
        ids, other_assignments = _split_ids(target, assignments or [])
        answer = _send_request(service, target, ids, other_assignments, file=file, own_id=own_id)
    if not target.returns_file:
        context.show(answer)


def operations(
    context: CommandContext,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="a command, an operation, or a word to look for")
    ] = None,
) -> None:
    """List every operation. For one of them, its fields."""
    from meedoen.cli.relief.operations import find_operation, list_operations

    known_operations = list_operations(context.request_operation(DOCUMENT))
    query = " ".join(words or [])
    key = COMMANDS.find_operation(query) or query
    match = next(
        (
            candidate
            for candidate in known_operations
            if query and (candidate.key == key or candidate.name == query.replace("-", "_"))
        ),
        None,
    )
    if match is not None:
        rows = match.fields() or [{"field": "none"}]
        if not context.as_json:
            typer.echo(f"{match.name} ({match.key}): {match.summary}.")
        context.show({"items": rows})
        return
    rows = [
        _operation_row(candidate)
        for candidate in known_operations
        if query.lower() in str(_operation_row(candidate)).lower()
    ]
    if not rows:
        find_operation(known_operations, query)
    context.show({"items": rows})


def _operation_row(operation: "Operation") -> dict[str, str]:
    return {
        "command": ", ".join(COMMANDS.list_commands(operation.key)),
        "operation": operation.name,
        "what": operation.summary,
    }


def _run_operation(context: CommandContext, key: str, ids: list[str], assignments: list[str], **rest: Any) -> Any:
    from meedoen.cli.relief.client import ReliefClient
    from meedoen.cli.relief.operations import find_operation, list_operations

    fill_path(key, tuple(ids))
    with ReliefClient(context) as service:
        operation = find_operation(list_operations(service.request(*fill_path(DOCUMENT, ()))), key)
        return _send_request(service, operation, ids, assignments, **rest)


def _send_request(
    service: "ReliefClient",
    operation: "Operation",
    ids: list[str],
    assignments: list[str],
    *,
    file: Path | None = None,
    own_id: str | None = None,
) -> Any:
    from meedoen.cli.relief.operations import read_json

    method, path = fill_path(operation.key, tuple(ids))
    if operation.returns_file:
        return service.download(path, sys.stdout.buffer)
    if operation.media_type == "application/xml":
        if file is None:
            raise usage_error("This command uploads a bank's file: give it with --file.")
        return _upload(service, path, file)
    base_fields = None if file is None else read_json(_read_file(file), str(file))
    if base_fields is not None and not isinstance(base_fields, dict):
        raise usage_error(f"{file} must hold one JSON object with the fields by name.")
    fields = operation.body(assignments, base_fields)
    has_id = method != "GET" and "id" in operation.schema.get("properties", {})
    if own_id is not None and not has_id:
        raise usage_error("This creates nothing with an id of its own: leave out --id.")
    if has_id and (own_id is not None or "id" not in fields):
        fields["id"] = ensure_id(own_id)
    if method == "GET":
        return service.request(method, path, query=fields)
    return service.request(method, path, body=fields if operation.media_type else None)


def _split_ids(operation: "Operation", assignments: list[str]) -> tuple[list[str], list[str]]:
    """Return the ids of the path, in its order, and the other fields."""
    split = [assignment.partition("=") for assignment in assignments]
    ids = {name: value for name, sign, value in split if sign and name in operation.path_fields}
    missing = [name for name in operation.path_fields if name not in ids]
    if missing:
        raise usage_error(f"Missing: {', '.join(f'{name}=...' for name in missing)}.")
    other_assignments = [
        assignment for assignment, (name, _, _) in zip(assignments, split, strict=True) if name not in ids
    ]
    return [ids[name] for name in operation.path_fields], other_assignments


def _upload(service: "ReliefClient", path: str, file: Path) -> Any:
    from meedoen.cli.relief.bank import open_for_reading

    if str(file) == "-":
        return service.upload(path, sys.stdin.buffer)
    with open_for_reading(file) as content:
        return service.upload(path, content)


def _read_file(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as problem:
        raise usage_error(
            f"{file} cannot be read ({problem.strerror}): give the path of a file with the fields."
        ) from None


def _id_argument(name: str) -> Any:
    metavar = "YYYY-MM" if name == "month" else name.removesuffix("_id").upper()
    return Annotated[str, typer.Argument(metavar=metavar, show_default=False)]
