"""Requests made from an OpenAPI document: a body that fits its schema, with the ids that one wants in it."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from shared.identity import new_id

JsonObject = dict[str, Any]
_TEXTS: Final[Mapping[str, Any]] = {
    "date": "2026-07-01",
    "date-time": "2026-07-01T09:00:00Z",
    "email": "contact@example.org",
}
# Fields whose form a pattern or a check of our own gives.
_BY_NAME: Final[Mapping[str, Any]] = {
    "iban": "NL39RABO0300065264",
    "month": "2026-07",
    "first_due": "2026-07",
    "first_month": "2026-07",
    "for_month": "2026-07",
    "reference": "huur 12",
    "language": "nl",
    "neighbourhood": "WK063701",
    "email": "contact@example.org",
}


class BodyMaker:
    """Makes the smallest body of each schema of a document; `ids` are put where a field has that name."""

    def __init__(self, document: JsonObject) -> None:
        self._schemas: JsonObject = document["components"]["schemas"]

    def make(self, schema: JsonObject, ids: Mapping[str, UUID], name: str = "") -> Any:
        schema = self.resolve(schema)
        if name in ids:
            return str(ids[name])
        if schema.get("type") == "array":
            key = name.removesuffix("s")
            count = max(int(schema.get("minItems", 0)), int(key in ids))
            return [self.make(schema["items"], ids, key) for _ in range(count)]
        if "properties" in schema:
            wanted = {*schema.get("required", ()), *(key for key in schema["properties"] if key in ids)}
            wanted |= {key for key in schema["properties"] if key.removesuffix("s") in ids}
            return {key: self.make(inner, ids, key) for key, inner in schema["properties"].items() if key in wanted}
        return self._make_value(schema, name)

    def resolve(self, schema: JsonObject) -> JsonObject:
        """Follow references and take the alternative beside null."""
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            else:
                schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
        return schema

    def _make_value(self, schema: JsonObject, name: str) -> Any:
        for given in (schema.get("enum"), schema.get("examples")):
            if given:
                return given[0]
        if "const" in schema:
            return schema["const"]
        kind, form = schema.get("type"), schema.get("format")
        if kind == "string":
            text = _BY_NAME.get(name, _TEXTS.get(str(form), "x" * max(1, int(schema.get("minLength", 1)))))
            return str(new_id()) if form == "uuid" else text
        if kind in {"integer", "number"}:
            return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        return kind == "boolean" or {}


def fields_of(maker: BodyMaker, schema: JsonObject) -> set[str]:
    """Return the names of all fields in a schema, however deep."""
    schema = maker.resolve(schema)
    names = set(schema.get("properties", ()))
    for inner in [*schema.get("properties", {}).values(), schema.get("items")]:
        names |= fields_of(maker, inner) if inner else set()
    return names


def ids_in(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)
