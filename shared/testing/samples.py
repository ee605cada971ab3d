"""One valid example of any event, generated from its schema alone, always the same: the start of a golden file.

The same field name gives the same id everywhere, so that a person in one sample is that person in the next. A text
field is filled from its `examples`; amounts and counts stay within their bounds.
"""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from shared.contracts.schemas import JsonObject, build_schema, inline_definitions
from shared.events.base import EventData

_TEXTS = {"date": "2026-07-01", "date-time": "2026-07-01T09:30:00Z"}
_NUMBER = 65_000


def sample(event: type[EventData]) -> EventData:
    """Return the example, with optional fields filled in; ValueError names a text field that lacks `examples`."""
    return event.model_validate(_value(inline_definitions(build_schema(event.event_type)), event.event_type.name))


def _value(schema: JsonObject, name: str) -> Any:
    if examples := schema.get("examples"):
        return examples[0]
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if options := schema.get("anyOf"):
        return _value(next(option for option in options if option != {"type": "null"}), name)
    return _of_kind(schema, name)


def _of_kind(schema: JsonObject, name: str) -> Any:
    match schema.get("type"):
        case "object":
            return {field: _value(inner, field) for field, inner in schema.get("properties", {}).items()}
        case "array":
            return [_value(schema["items"], f"{name}[{index}]") for index in range(max(1, schema.get("minItems", 1)))]
        case "integer" | "number":
            return max(schema.get("minimum", 0), min(schema.get("maximum", _NUMBER), _NUMBER))
        case "boolean":
            return True
        case _:
            return _text(schema, name)


def _text(schema: JsonObject, name: str) -> str:
    if schema.get("format") == "uuid":
        return str(uuid5(NAMESPACE_OID, name))
    if schema.get("format") in _TEXTS:
        return _TEXTS[schema["format"]]
    raise ValueError(f"The text field '{name}' of the event has no example: give its Field examples=[...].")
