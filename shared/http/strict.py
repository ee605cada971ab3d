"""Strict forms of what comes in: a whole number is no text and no 1.0, true is not "true", a day is a text 2026-07-01.

`make_strict` works on the validation that pydantic derived from a request model, so that every field of it follows,
however it was declared. Queries and paths are text by nature: there the text has to be of exactly one form.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final, get_args
from uuid import UUID

from pydantic_core import PydanticKnownError

from shared.identity import find_id_rule

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)
_TRUTH: Final = re.compile(r"true|false")
_NO_SCHEMAS: Final = frozenset({"metadata", "default", "serialization"})
_NUMBERS: Final = frozenset({"int", "bool", "float"})
# The form of a text, the code of another text, and the code of what is no text at all.
_FORMS: Final[Mapping[str, tuple[re.Pattern[str], type, str, str]]] = {
    "date": (_DAY, date, "date_from_datetime_parsing", "date_type"),
    "datetime": (_MOMENT, datetime, "datetime_parsing", "datetime_type"),
    "uuid": (_UUID, UUID, "uuid_parsing", "uuid_type"),
}
_TEXT_FORMS: Final[Mapping[str, tuple[re.Pattern[str], type, str, str]]] = {
    **_FORMS,
    "int": (_WHOLE_NUMBER, int, "int_parsing", "int_type"),
    "bool": (_TRUTH, bool, "bool_parsing", "bool_type"),
}
_TYPES_IN_PATHS: Final[Mapping[Any, str]] = {UUID: "uuid", date: "date", int: "int", bool: "bool"}


def make_strict(schema: Any, model: type, *, is_text: bool) -> None:
    """Make every field in the core schema of a model strict, in place; models inside it are left alone."""
    for node in list(_walk(schema, model)):
        kind = node["type"]
        if kind in _NUMBERS and not is_text:
            node["strict"] = True
        elif kind in (_TEXT_FORMS if is_text else _FORMS) and not node.get("metadata", {}).get("is_strict"):
            inner = {**node, "metadata": {**node.get("metadata", {}), "is_strict": True}}
            node.clear()
            node.update(
                type="function-before",
                function={"type": "no-info", "function": _build_check(kind, is_text=is_text)},
                schema=inner,
            )


def find_path_fault(annotation: Any, metadata: Any, text: str) -> str | None:
    """Return the code of what is wrong with one part of a path; None if it has the form that its type has."""
    kind = _TYPES_IN_PATHS.get(annotation)
    if kind is None:
        return None
    pattern, _, wrong_form, _ = _TEXT_FORMS[kind]
    if not pattern.fullmatch(text):
        return wrong_form
    is_allowed = find_id_rule(metadata)
    return None if is_allowed is None or is_allowed(UUID(text)) else "random_id"


def find_person_rule(annotation: Any, metadata: Any = ()) -> Callable[[UUID], bool] | None:
    """Return the rule for a field of ids of persons or households: the mark may lie inside of a union or tuple."""
    rule = find_id_rule((*metadata, *getattr(annotation, "__metadata__", ())))
    inside = (find_person_rule(part) for part in get_args(annotation))
    return rule or next(filter(None, inside), None)


def _walk(node: Any, model: type) -> Iterator[dict[str, Any]]:
    """Yield every node of a model, but for those of other models inside it."""
    if isinstance(node, (list, tuple)):
        for item in node:
            yield from _walk(item, model)
    elif isinstance(node, dict) and (node.get("type") != "model" or node.get("cls") is model):
        if isinstance(node.get("type"), str):
            yield node
        for name, child in node.items():
            if name not in _NO_SCHEMAS:
                yield from _walk(child, model)


def _build_check(kind: str, *, is_text: bool) -> Callable[[Any], Any]:
    pattern, own_type, wrong_form, wrong_type = (_TEXT_FORMS if is_text else _FORMS)[kind]
    context = {"error": "another form"} if kind in _FORMS else None

    def check(value: Any) -> Any:
        if isinstance(value, own_type):
            return value
        if not isinstance(value, str):
            raise PydanticKnownError(wrong_type)  # type: ignore[arg-type]  # one of the names of pydantic
        if not pattern.fullmatch(value):
            raise PydanticKnownError(wrong_form, context)  # type: ignore[arg-type]  # as above
        return value

    return check
