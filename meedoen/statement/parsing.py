"""Parses the text of a household's file, keeping the usable part if something is wrong.

Everything wrong in a file is reported at once: faults between fields are looked for in the usable part.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from meedoen.statement.input import LISTS, StatementInput
from shared.errors.input_errors import input_error
from shared.errors.refusals import Fault, WrongInputError

BYTES_MAX = 1_000_000
DIGITS_MAX = 20


def parse_file(text: bytes) -> tuple[StatementInput, list[Fault], dict[str, list[int]]]:
    """Return the usable part of a file, the faults in the rest, and the position of each used entry in the file."""
    document = _load_json(text)
    try:
        return StatementInput.model_validate(document), [], {}
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
    faults = [_fault_from(error) for error in errors]
    usable, file_positions = _drop_wrong_entries(document, [error["loc"] for error in errors])
    return StatementInput.model_validate(usable), faults, file_positions


def _fault_from(error: Mapping[str, Any]) -> Fault:
    """Return one fault with the path of its field; the author of the file may read its own names."""
    message = input_error(error)
    path = ".".join(str(part) for part in error["loc"] if part != "[key]")
    return Fault(path, message["code"], message["message"])


def _drop_wrong_entries(
    document: Any, wrong: Sequence[Sequence[str | int]]
) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return the file without the wrong entries and fields, so that the rest can be checked too."""
    usable = dict(document) if isinstance(document, dict) else {}
    dropped: dict[str, set[int]] = {}
    for location in wrong:
        top = location[0] if location else ""
        if top in LISTS and len(location) > 1 and isinstance(location[1], int):
            dropped.setdefault(str(top), set()).add(location[1])
        else:
            usable.pop(str(top), None)
    file_positions: dict[str, list[int]] = {}
    for name, indexes in dropped.items():
        if name in usable:
            file_positions[name] = [position for position in range(len(usable[name])) if position not in indexes]
            usable[name] = [usable[name][position] for position in file_positions[name]]
    return usable, file_positions


def _load_json(text: bytes) -> Any:
    if len(text) > BYTES_MAX:
        raise WrongInputError(
            Fault("file", "too_large", f"The file is larger than {BYTES_MAX} bytes: give one household.")
        )
    try:
        document = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_object_without_duplicates, parse_int=_parse_whole_number
        )
    except (ValueError, RecursionError) as problem:
        where = f" at line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        reason = str(problem) if type(problem) is ValueError else f"The file is not JSON{where}: give one JSON object."
        raise WrongInputError(Fault("file", "json_invalid", reason)) from problem
    if not isinstance(document, dict):
        raise WrongInputError(Fault("file", "json_invalid", "The file holds no JSON object: give one household in {}."))
    return document


def _parse_whole_number(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"A number has more than {DIGITS_MAX} digits: give whole cents, as in 65000.")
    return int(digits)


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("A field is given twice in one object: give it once.")
    return dict(pairs)
