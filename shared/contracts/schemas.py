"""The JSON Schema (2020-12) of each event's data, as its `dataschema` promises it.

Besides the fields it says what the NLGov profile asks: what the type means, that the id is random, and what `time`
means. Readers pass over fields that they do not know, so the schemas leave objects open.
"""

from typing import Any

from shared.events import catalogue
from shared.events.base import EventType

JsonObject = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(entry: EventType) -> JsonObject:
    """The schema of one type and version; the same entry always gives the same document."""
    generated = entry.model.model_json_schema()
    described = {
        "$schema": DIALECT,
        "$id": entry.dataschema,
        "title": entry.name,
        "description": entry.meaning,
        "x-type": entry.type,
        "x-id": entry.id_kind,
        "x-time": entry.time_meaning,
        "x-topic": entry.topic.name,
        "x-key": entry.topic.key_field,
        "x-classification": entry.classification,
        "x-legal-basis": entry.legal_basis,
        "x-retention-days": entry.retention_days,
    }
    return {**described, **{name: value for name, value in generated.items() if name not in described}}


def schemas() -> dict[str, JsonObject]:
    """Every schema by its CloudEvents `type`."""
    return {name: schema_of(entry) for name, entry in catalogue().items()}


def inlined(schema: JsonObject) -> JsonObject:
    """The schema with each `$ref` to its own `$defs` replaced by what it refers to, so that it can be looked through.

    Words beside a `$ref` stand above those of the definition. ValueError for a definition that contains itself.
    """
    followed: JsonObject = _inlined(schema, schema.get("$defs", {}), ())
    followed.pop("$defs", None)
    return followed


def _inlined(node: Any, definitions: JsonObject, within: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions, within) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _inlined(value, definitions, within) for key, value in node.items() if key not in ("$ref", "$defs")}
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if not name:
        return beside
    if name in within:
        raise ValueError(f"The definition {name} contains itself: an event's data must be finite.")
    return {**_inlined(definitions[name], definitions, (*within, name)), **beside}
