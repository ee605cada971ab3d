"""The JSON Schema (2020-12) of the data of each event, to which its `dataschema` refers.

Besides the fields it holds what the NLGov profile prescribes: what the type means, that the id is random, and what
`time` means. Consumers ignore fields that they do not know, so the schemas leave objects open.
"""

from typing import Any

from shared.events import catalogue
from shared.events.base import EventType

JsonObject = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def build_schema(entry: EventType) -> JsonObject:
    """Return the schema of one type and version; the same entry always gives the same document."""
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
    """Return every schema by its CloudEvents `type`."""
    return {name: build_schema(entry) for name, entry in catalogue().items()}


def inline_definitions(schema: JsonObject) -> JsonObject:
    """Return the schema with each `$ref` to its own `$defs` replaced by the definition, so that it can be walked.

    Keywords beside a `$ref` override those of the definition. ValueError for a definition that contains itself.
    """
    result: JsonObject = _inline(schema, schema.get("$defs", {}), ())
    result.pop("$defs", None)
    return result


def _inline(node: Any, definitions: JsonObject, within: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_inline(item, definitions, within) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _inline(value, definitions, within) for key, value in node.items() if key not in ("$ref", "$defs")}
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if not name:
        return beside
    if name in within:
        raise ValueError(f"The definition {name} contains itself: the data of an event must be finite.")
    return {**_inline(definitions[name], definitions, (*within, name)), **beside}
