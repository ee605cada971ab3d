"""The service's own OpenAPI document: its operations by name, their fields, and a body made from NAME=VALUE.

A name is the operation's own, in the way of the command line: addCharge is add-charge.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic.alias_generators import to_snake

from meedoen.cli.relief.errors import usage_error
from meedoen.cli.relief.parsing import parse_cents, parse_day

_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_BODIES = ("application/json", "application/xml")
_FILES = ("application/xml", "application/pdf")


@dataclass(frozen=True)
class Operation:
    """One operation of the document. `key` is "GET /tasks"."""

    name: str
    method: str
    path: str
    description: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def summary(self) -> str:
        return str(self.description.get("summary", ""))

    @property
    def path_fields(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def media_type(self) -> str | None:
        """What its body is: JSON, XML, or none."""
        content = self.description.get("requestBody", {}).get("content", {})
        return next((media_type for media_type in _BODIES if media_type in content), None)

    @property
    def returns_file(self) -> bool:
        content = self.description["responses"].get("200", {}).get("content", {})
        return not content.keys().isdisjoint(_FILES)

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """Its fields as one object: those of the body, or of the query; path fields come apart."""
        if self.media_type == _BODIES[0]:
            return self.resolve_schema(self.description["requestBody"]["content"][_BODIES[0]]["schema"])
        query = [parameter for parameter in self.description.get("parameters", []) if parameter["in"] == "query"]
        return {
            "type": "object",
            "properties": {
                parameter["name"]: {**parameter["schema"], "description": parameter.get("description", "")}
                for parameter in query
            },
            "required": [parameter["name"] for parameter in query if parameter.get("required")],
        }

    def resolve_schema(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a schema without references and without "or null"; its own keys take precedence."""
        if "$ref" in schema:
            find_operation = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return {
                **self.resolve_schema(find_operation),
                **{key: value for key, value in schema.items() if key != "$ref"},
            }
        alternatives = [alternative for alternative in schema.get("anyOf", []) if alternative.get("type") != "null"]
        if len(alternatives) == 1:
            return {
                **self.resolve_schema(alternatives[0]),
                **{key: value for key, value in schema.items() if key != "anyOf"},
            }
        return schema

    def fields(self) -> list[dict[str, str]]:
        """Return every field with the values it takes, for a person to read."""
        rows = [
            {"field": name, "needed": "yes", "takes": "id or code", "what": "part of the address"}
            for name in self.path_fields
        ]
        needed = self.schema.get("required", [])
        for name, schema in self.schema.get("properties", {}).items():
            field_schema = self.resolve_schema(schema)
            if name.endswith("_cents"):
                field_schema = {**field_schema, "format": f"{name.removesuffix('_cents')}=EUROS, or cents"}
            row = {"needed": "yes" if name in needed else "no", "takes": self._takes(field_schema)}
            rows.append({"field": name, **row, "what": str(field_schema.get("description", ""))})
        return rows

    def _takes(self, schema: Mapping[str, Any]) -> str:
        if "enum" in schema:
            return ", ".join(map(str, schema["enum"]))
        if schema.get("type") == "array":
            return f"several: {self._takes(self.resolve_schema(schema['items']))}"
        if schema.get("type") == "object":
            return " ".join(f"{name}=" for name in schema.get("properties", {})) or "JSON"
        return str(schema.get("format", schema.get("type", "JSON")))

    def body(self, assignments: Sequence[str], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the fields of `base`, then those in NAME=VALUE; RefusedError with what is wrong."""
        fields: dict[str, Any] = dict(base or {})
        for assignment in assignments:
            name, has_sign, value = assignment.partition("=")
            if not has_sign or not name:
                raise usage_error(
                    f"'{assignment}' is not a field: write NAME=VALUE, such as {self._example(assignment)}."
                )
            self._set_field(fields, name, value)
        missing = [name for name in self.schema.get("required", []) if name not in fields]
        if missing:
            raise usage_error(f"Missing: {', '.join(f'{name}=...' for name in missing)}. {self._fields_hint()}.")
        return fields

    def _set_field(self, fields: dict[str, Any], name: str, value: str) -> None:
        """Set one field; `adults.0.age` is the age of the first adult, and `amount` sets `amount_cents`."""
        node: Any = fields
        schema = self.schema
        steps = name.split(".")
        for depth, step in enumerate(steps):
            properties = schema.get("properties", {})
            key: Any = step
            if schema.get("type") == "array":
                key, field_schema = _parse_index(node, step, name), schema["items"]
            elif step in properties:
                field_schema = properties[step]
            elif f"{step}_cents" in properties:
                node[f"{step}_cents"] = parse_cents(value)
                return
            else:
                raise usage_error(f"Field '{name}' does not exist{_suggest(step, properties)}. {self._fields_hint()}.")
            schema = self.resolve_schema(field_schema)
            if depth == len(steps) - 1:
                _assign(node, key, read_value(name, value, schema, self))
                return
            node = _descend(node, key, schema)

    def _example(self, typed: str) -> str:
        """Return the field that was meant, else one that has to be given, else the first."""
        names = list(self.schema.get("properties", {}))
        meant = [name for name in names if name == typed]
        return f"{next(iter([*meant, *self.schema.get('required', []), *names]), 'limit')}=..."

    def _fields_hint(self) -> str:
        return f"The fields are in: meedoen relief operations {self.name}"


def read_value(name: str, value: str, schema: Mapping[str, Any], operation: Operation) -> Any:
    """Return a value as the schema has it; RefusedError with what the field takes. An empty value is None."""
    if value == "":
        return None
    kind = schema.get("type")
    if "enum" in schema and value not in map(str, schema["enum"]):
        raise usage_error(f"{name}: '{value}' is not one of {', '.join(map(str, schema['enum']))}.")
    if kind == "integer":
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise usage_error(f"{name}: '{value}' is not a whole number.")
        return int(value)
    if kind == "boolean":
        if value.lower() not in _TRUTH:
            raise usage_error(f"{name}: '{value}' is neither true nor false.")
        return _TRUTH[value.lower()]
    if kind in ("array", "object") and value.lstrip().startswith(("[", "{")):
        return read_json(value, name)
    if kind == "array":
        items = operation.resolve_schema(schema["items"])
        return [read_value(name, part.strip(), items, operation) for part in value.split(",")]
    return parse_day(value) if schema.get("format") == "date" else value


def read_json(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as problem:
        raise usage_error(f"{name} cannot be read as JSON ({problem}).") from None


def list_operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation, in the order of the document."""
    entries = [
        (method.upper(), path, description)
        for path, methods in document["paths"].items()
        for method, description in methods.items()
    ]
    return [
        Operation(_function_name(description), method, path, description, document)
        for method, path, description in entries
    ]


def find_operation(operations: Sequence[Operation], name: str) -> Operation:
    """Return the operation of this name, with - or _ in it, or of this key; RefusedError with similar names."""
    normalised = name.replace("-", "_")
    for operation in operations:
        if operation.name == normalised or operation.key == name:
            return operation
    names = [operation.name for operation in operations]
    raise usage_error(
        f"Operation '{name}' does not exist{_suggest(normalised, names)}: meedoen relief operations lists them."
    )


def _function_name(description: Mapping[str, Any]) -> str:
    """Return the name of an operation in the way of the command line: addCharge is add_charge."""
    return to_snake(str(description["operationId"]))


def _suggest(name: str, names: Any) -> str:
    matches = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    return f" (did you mean {', '.join(matches)}?)" if matches else ""


def _parse_index(items: list[Any], step: str, name: str) -> int:
    if not step.isdecimal() or int(step) > len(items):
        raise usage_error(f"{name}: '{step}' is not a position in the list; count from 0, one after the other.")
    return int(step)


def _assign(node: Any, key: Any, value: Any) -> None:
    if isinstance(node, list) and key == len(node):
        node.append(value)
    else:
        node[key] = value


def _descend(node: Any, key: Any, schema: Mapping[str, Any]) -> Any:
    """Return the value at the key; create it if it is missing."""
    is_there = key < len(node) if isinstance(node, list) else node.get(key) is not None
    if not is_there:
        _assign(node, key, [] if schema.get("type") == "array" else {})
    return node[key]
