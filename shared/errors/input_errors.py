"""Validation errors of pydantic as sentences that say how to fix the request and never repeat the value."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

ERRORS_MAX: Final = 100
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

RANDOM_ID_SENTENCE: Final = (
    "Give a random id, a UUID of version 4 or 7: one that is made of a number may say who the person is."
)
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This field is missing: give it.",
    "extra_forbidden": "This field is not known here: leave it out.",
    "json_invalid": "The body is not JSON: send one JSON object.",
    "model_attributes_type": "Give a JSON object, with content-type application/json.",
    "dict_type": "Give a JSON object.",
    "model_type": "Give a JSON object.",
    "list_type": "Give a JSON array.",
    "tuple_type": "Give a JSON array.",
    "set_type": "Give a JSON array.",
    "string_type": "Give a text.",
    "string_unicode": "Give a text in UTF-8.",
    "int_type": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "int_parsing_size": "Give a smaller whole number.",
    "int_from_float": "Give a whole number.",
    "float_type": "Give a number.",
    "float_parsing": "Give a number.",
    "finite_number": "Give a finite number.",
    "bool_type": "Give true or false.",
    "bool_parsing": "Give true or false.",
    "uuid_type": "Give an id in the form of a UUID.",
    "uuid_parsing": "Give an id in the form of a UUID.",
    "uuid_version": "Give an id in the form of a UUID of the right version.",
    "random_id": RANDOM_ID_SENTENCE,
    "none_required": "Leave this empty.",
    "timezone_aware": "Give the offset too, such as 2026-07-01T09:00:00Z.",
    "timezone_naive": "Give no offset.",
}
_BY_PREFIX: Final[Mapping[str, str]] = {
    "datetime_": "Give a moment such as 2026-07-01T09:00:00Z.",
    "date_": "Give a date such as 2026-07-01.",
    "time_": "Give a time such as 09:00:00.",
    "union_tag": "Say which kind it is, with one of the values the document names.",
}
_WITH_LIMITS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "enum": lambda ctx: f"Give one of {ctx['expected']}.",
    "literal_error": lambda ctx: f"Give one of {ctx['expected']}.",
    "string_too_short": lambda ctx: f"Give at least {ctx['min_length']} characters.",
    "string_too_long": lambda ctx: f"Give at most {ctx['max_length']} characters.",
    "string_pattern_mismatch": lambda ctx: f"Give a text of the form {ctx['pattern']}.",
    "too_short": lambda ctx: f"Give at least {ctx['min_length']}.",
    "too_long": lambda ctx: f"Give at most {ctx['max_length']}.",
    "greater_than": lambda ctx: f"Give more than {ctx['gt']}.",
    "greater_than_equal": lambda ctx: f"Give at least {ctx['ge']}.",
    "less_than": lambda ctx: f"Give less than {ctx['lt']}.",
    "less_than_equal": lambda ctx: f"Give at most {ctx['le']}.",
    "multiple_of": lambda ctx: f"Give a multiple of {ctx['multiple_of']}.",
}
_DEFAULT: Final = "This value cannot be used: see the document for what is expected."


def input_error(details: Mapping[str, Any]) -> dict[str, str]:
    """Return a pydantic error as `{field, code, message}`, with the path of the field: "body.partner.language"."""
    code = str(details["type"])
    if code == "json_invalid":
        return {"field": "body", "code": code, "message": _SENTENCES[code]}
    return {"field": _join_path(details["loc"]), "code": code, "message": _write_message(code, details)}


def _write_message(code: str, details: Mapping[str, Any]) -> str:
    context = details.get("ctx") or {}
    if code == "value_error":
        return _check_own_sentence(str(context.get("error", "")), details.get("input"))
    if code in _WITH_LIMITS and context:
        return _WITH_LIMITS[code](context)
    by_prefix = next((text for prefix, text in _BY_PREFIX.items() if code.startswith(prefix)), _DEFAULT)
    return _SENTENCES.get(code, by_prefix)


def _check_own_sentence(sentence: str, value: Any) -> str:
    """Return the sentence of one of our own validators, unless it quotes the value."""
    quoted = any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", sentence) for text in _walk_texts(value))
    return _DEFAULT if quoted or not sentence else sentence


def _walk_texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple, set)):
        for item in value:
            yield from _walk_texts(item)
    elif len(str(value)) > 1 and not isinstance(value, bool):
        yield str(value)


def _join_path(location: Sequence[str | int]) -> str:
    """Return the path; a name made up by the sender is repeated only if it looks like a field name."""
    parts = (str(part) for part in location)
    return ".".join(part if part.isdecimal() or _NAME.fullmatch(part) else "(unknown name)" for part in parts)
