"""Commands whose fields are NAME=VALUE and come from the service's own OpenAPI document.

Those of the table in `lines` have names that read well; `call` reaches every operation there is, by its own name, and
`operations` lists them with their fields.
"""

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meedoen.cli.relief.command_table import Line
from meedoen.cli.relief.context import COMMANDS, DOCUMENT, BodyFile, Desk, Given, OwnId, command, filled
from meedoen.cli.relief.errors import wrong
from meedoen.cli.relief.parsing import made_id

if TYPE_CHECKING:
    from meedoen.cli.relief.client import Service
    from meedoen.cli.relief.operations import Operation

_KIND = inspect.Parameter.KEYWORD_ONLY
_POST_OPTIONS = [
    inspect.Parameter("file", _KIND, default=None, annotation=BodyFile),
    inspect.Parameter("own_id", _KIND, default=None, annotation=OwnId),
]


def add_line(group: typer.Typer, line: Line) -> None:
    """Add one command of the table: the ids of its path are its arguments, then come the fields."""
    path_fields = re.findall(r"\{(\w+)\}", line.operation)

    def run(desk: Desk, given: list[str] | None, **rest: Any) -> None:
        ids = [rest.pop(name) for name in path_fields]
        answer = _perform(desk, line.operation, ids, given or [], **rest)
        if line.part is None:
            desk.show(answer)
            return
        part = answer[line.part]
        desk.show({"items": part} if isinstance(part, list) else part or {"items": []})

    arguments = [inspect.Parameter(name, _KIND, annotation=_argument(name)) for name in path_fields]
    fields = inspect.Parameter("given", _KIND, default=None, annotation=Given)
    options = _POST_OPTIONS if line.operation.startswith("POST") else []
    desk = inspect.Parameter("desk", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Desk)
    run.__signature__ = inspect.Signature([desk, *arguments, fields, *options])  # type: ignore[attr-defined] # read by command
    run.__doc__ = line.what
    words = f"{line.group} {line.name}".strip()
    command(group, line.name, line.operation, epilog=f"Its fields: meedoen relief operations {words}")(run)


def call(
    desk: Desk,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="its name", show_default=False)],
    given: Given = None,
    file: BodyFile = None,
    own_id: OwnId = None,
) -> None:
    """Call any operation by its name. Ids of its address are fields like the others."""
    from meedoen.cli.relief.client import Service
    from meedoen.cli.relief.operations import named, operations_of

    with Service(desk) as service:
        found = named(operations_of(service.ask(*filled(DOCUMENT, ()))), operation)
        ids, rest = _apart(found, given or [])
        answer = _send(service, found, ids, rest, file=file, own_id=own_id)
    if not found.gives_file:
        desk.show(answer)


def operations(
    desk: Desk,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="a command, an operation, or a word to look for")
    ] = None,
) -> None:
    """List every operation of the service; of one of them, its fields."""
    from meedoen.cli.relief.operations import named, operations_of

    found = operations_of(desk.ask_for(DOCUMENT))
    asked = " ".join(words or [])
    key = COMMANDS.get(asked, asked)
    one = next((each for each in found if asked and (each.key == key or each.name == asked.replace("-", "_"))), None)
    if one is not None:
        shown = one.fields() or [{"field": "none are needed"}]
        if not desk.as_json:
            typer.echo(f"{one.name} ({one.key}): {one.summary}.")
        desk.show({"items": shown})
        return
    listed = [_listed(each) for each in found if asked.lower() in str(_listed(each)).lower()]
    if not listed:
        named(found, asked)
    desk.show({"items": listed})


def _listed(operation: "Operation") -> dict[str, str]:
    commands = ", ".join(words for words, key in COMMANDS.items() if key == operation.key)
    return {"command": commands, "operation": operation.name, "what": operation.summary}


def _perform(desk: Desk, key: str, ids: list[str], given: list[str], **rest: Any) -> Any:
    from meedoen.cli.relief.client import Service
    from meedoen.cli.relief.operations import named, operations_of

    filled(key, tuple(ids))
    with Service(desk) as service:
        operation = named(operations_of(service.ask(*filled(DOCUMENT, ()))), key)
        return _send(service, operation, ids, given, **rest)


def _send(
    service: "Service",
    operation: "Operation",
    ids: list[str],
    given: list[str],
    *,
    file: Path | None = None,
    own_id: str | None = None,
) -> Any:
    from meedoen.cli.relief.operations import read_json

    method, path = filled(operation.key, tuple(ids))
    if operation.gives_file:
        return service.download(path, sys.stdout.buffer)
    if operation.media_type == "application/xml":
        if file is None:
            raise wrong("This takes a bank's file: give it with --file.")
        return _upload(service, path, file)
    whole = None if file is None else read_json(_read(file), str(file))
    if whole is not None and not isinstance(whole, dict):
        raise wrong(f"{file} must hold one JSON object with the fields by name.")
    fields = operation.body(given, whole)
    has_id = method != "GET" and "id" in operation.schema.get("properties", {})
    if own_id is not None and not has_id:
        raise wrong("This makes nothing that has an id of its own: leave out --id.")
    if has_id and (own_id is not None or "id" not in fields):
        fields["id"] = made_id(own_id)
    if method == "GET":
        return service.ask(method, path, query=fields)
    return service.ask(method, path, body=fields if operation.media_type else None)


def _apart(operation: "Operation", given: list[str]) -> tuple[list[str], list[str]]:
    """The ids of the address, in its order, and the other fields."""
    split = [one.partition("=") for one in given]
    ids = {name: value for name, sign, value in split if sign and name in operation.path_fields}
    missing = [name for name in operation.path_fields if name not in ids]
    if missing:
        raise wrong(f"Still needed: {', '.join(f'{name}=...' for name in missing)}.")
    rest = [one for one, (name, _, _) in zip(given, split, strict=True) if name not in ids]
    return [ids[name] for name in operation.path_fields], rest


def _upload(service: "Service", path: str, file: Path) -> Any:
    from meedoen.cli.relief.bank import opened

    if str(file) == "-":
        return service.upload(path, sys.stdin.buffer)
    with opened(file) as content:
        return service.upload(path, content)


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as problem:
        raise wrong(f"{file} can not be read ({problem.strerror}): give the path of a file with the fields.") from None


def _argument(name: str) -> Any:
    metavar = "YYYY-MM" if name == "month" else name.removesuffix("_id").upper()
    return Annotated[str, typer.Argument(metavar=metavar, show_default=False)]
