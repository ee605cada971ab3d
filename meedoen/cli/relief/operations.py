"""The service's own OpenAPI document: its operations by name, their fields, and a body made from NAME=VALUE.

A name is the operation's own; where several share one, the fixed parts of their paths tell them apart.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from meedoen.cli.relief.errors import wrong
from meedoen.cli.relief.parsing import cents, day

_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_BODIES = ("application/json", "application/xml")


@dataclass(frozen=True)
class Operation:
    """One operation of the document. `key` is "GET /tasks"."""

    name: str
    method: str
    path: str
    described: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def summary(self) -> str:
        return str(self.described.get("summary", ""))

    @property
    def path_fields(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def media_type(self) -> str | None:
        """What its body is: JSON, XML, or none."""
        content = self.described.get("requestBody", {}).get("content", {})
        return next((one for one in _BODIES if one in content), None)

    @property
    def gives_file(self) -> bool:
        return "application/xml" in self.described["responses"].get("200", {}).get("content", {})

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """Its fields as one object: those of the body, or of the query; path fields come apart."""
        if self.media_type == _BODIES[0]:
            return self.resolved(self.described["requestBody"]["content"][_BODIES[0]]["schema"])
        query = [one for one in self.described.get("parameters", []) if one["in"] == "query"]
        return {
            "type": "object",
            "properties": {one["name"]: {**one["schema"], "description": one.get("description", "")} for one in query},
            "required": [one["name"] for one in query if one.get("required")],
        }

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema without references and without "or nothing"; what it says itself goes first."""
        if "$ref" in schema:
            named = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return {**self.resolved(named), **{key: value for key, value in schema.items() if key != "$ref"}}
        kinds = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
        if len(kinds) == 1:
            return {**self.resolved(kinds[0]), **{key: value for key, value in schema.items() if key != "anyOf"}}
        return schema

    def fields(self) -> list[dict[str, str]]:
        """Every field with what it takes, for a person to read."""
        own = [
            {"field": name, "needed": "yes", "takes": "id or code", "what": "part of the address"}
            for name in self.path_fields
        ]
        needed = self.schema.get("required", [])
        for name, schema in self.schema.get("properties", {}).items():
            found = self.resolved(schema)
            if name.endswith("_cents"):
                found = {**found, "format": f"{name.removesuffix('_cents')}=EUROS, or cents"}
            row = {"needed": "yes" if name in needed else "no", "takes": self._takes(found)}
            own.append({"field": name, **row, "what": str(found.get("description", ""))})
        return own

    def _takes(self, schema: Mapping[str, Any]) -> str:
        if "enum" in schema:
            return ", ".join(map(str, schema["enum"]))
        if schema.get("type") == "array":
            return f"several: {self._takes(self.resolved(schema['items']))}"
        if schema.get("type") == "object":
            return " ".join(f"{name}=" for name in schema.get("properties", {})) or "JSON"
        return str(schema.get("format", schema.get("type", "JSON")))

    def body(self, given: Sequence[str], whole: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The fields of `whole`, then those given as NAME=VALUE; RefusedError with all that is wrong."""
        made: dict[str, Any] = dict(whole or {})
        for one in given:
            name, is_given, value = one.partition("=")
            if not is_given or not name:
                raise wrong(f"'{one}' is no field: write NAME=VALUE, such as {self._example()}.")
            self._put(made, name, value)
        missing = [name for name in self.schema.get("required", []) if name not in made]
        if missing:
            raise wrong(f"Still needed: {', '.join(f'{name}=...' for name in missing)}. {self._help()}.")
        return made

    def _put(self, made: dict[str, Any], name: str, value: str) -> None:
        """Set one field; `adults.0.age` is one of the first of the adults, and `amount` stands for `amount_cents`."""
        place: Any = made
        schema = self.schema
        steps = name.split(".")
        for depth, step in enumerate(steps):
            properties = schema.get("properties", {})
            key: Any = step
            if schema.get("type") == "array":
                key, found = _index(place, step, name), schema["items"]
            elif step in properties:
                found = properties[step]
            elif f"{step}_cents" in properties:
                place[f"{step}_cents"] = cents(value)
                return
            else:
                raise wrong(f"There is no field '{name}'{_nearest(step, properties)}. {self._help()}.")
            schema = self.resolved(found)
            if depth == len(steps) - 1:
                _set(place, key, read_value(name, value, schema, self))
                return
            place = _below(place, key, schema)

    def _example(self) -> str:
        return f"{next(iter(self.schema.get('properties', {})), 'limit')}=..."

    def _help(self) -> str:
        return f"The fields are listed by: meedoen relief operations {self.name}"


def read_value(name: str, value: str, schema: Mapping[str, Any], operation: Operation) -> Any:
    """A value as the schema has it; RefusedError with what it takes. Empty is nothing."""
    if value == "":
        return None
    kind = schema.get("type")
    if "enum" in schema and value not in map(str, schema["enum"]):
        raise wrong(f"{name}: '{value}' is not one of {', '.join(map(str, schema['enum']))}.")
    if kind == "integer":
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise wrong(f"{name}: '{value}' is no whole number.")
        return int(value)
    if kind == "boolean":
        if value.lower() not in _TRUTH:
            raise wrong(f"{name}: '{value}' is neither true nor false.")
        return _TRUTH[value.lower()]
    if kind in ("array", "object") and value.lstrip().startswith(("[", "{")):
        return read_json(value, name)
    if kind == "array":
        items = operation.resolved(schema["items"])
        return [read_value(name, part.strip(), items, operation) for part in value.split(",")]
    return day(value) if schema.get("format") == "date" else value


def read_json(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as problem:
        raise wrong(f"{name} can not be read as JSON ({problem}).") from None


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation, in the order of the document."""
    found = [
        (method.upper(), path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    names = [_own_name(*one) for one in found]
    times = Counter(names)
    made = []
    for (method, path, described), name in zip(found, names, strict=True):
        apart = name if times[name] == 1 else "_".join([name, *_fixed_parts(path)])
        made.append(Operation(apart, method, path, described, document))
    return made


def named(operations: Sequence[Operation], name: str) -> Operation:
    """The operation of this name, with - or _ in it, or of this key; RefusedError with those that look like it."""
    asked = name.replace("-", "_")
    for one in operations:
        if one.name == asked or one.key == name:
            return one
    names = [one.name for one in operations]
    raise wrong(f"There is no operation '{name}'{_nearest(asked, names)}: meedoen relief operations lists them.")


def _own_name(method: str, path: str, described: Mapping[str, Any]) -> str:
    """FastAPI writes the function's name, then the path, then the method."""
    return str(described["operationId"]).removesuffix(re.sub(r"\W", "_", path) + "_" + method.lower())


def _fixed_parts(path: str) -> list[str]:
    return [part.replace("-", "_") for part in re.findall(r"/([a-z-]+)", path) if part != "households"]


def _nearest(name: str, among: Any) -> str:
    near = difflib.get_close_matches(name, list(among), n=3, cutoff=0.5)
    return f" (did you mean {', '.join(near)}?)" if near else ""


def _index(place: list[Any], step: str, name: str) -> int:
    if not step.isdecimal() or int(step) > len(place):
        raise wrong(f"{name}: '{step}' is no number of what is there; count from 0, one after the other.")
    return int(step)


def _set(place: Any, key: Any, value: Any) -> None:
    if isinstance(place, list) and key == len(place):
        place.append(value)
    else:
        place[key] = value


def _below(place: Any, key: Any, schema: Mapping[str, Any]) -> Any:
    """What stands at the key, made when it is not there."""
    is_there = key < len(place) if isinstance(place, list) else place.get(key) is not None
    if not is_there:
        _set(place, key, [] if schema.get("type") == "array" else {})
    return place[key]
