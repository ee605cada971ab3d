"""An OpenAPI document as one HTML page for people: operations by tag, fields with their allowed values, curl.

The page needs no script, no font and no style from elsewhere, so that it works without internet. Every text of the
document is escaped by the template.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

JsonObject = dict[str, Any]
_METHODS = ("get", "put", "post", "patch", "delete")
_REF_PREFIX = "#/components/schemas/"
_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "maximum": "up to {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "pattern {}",
}
_EXAMPLES: dict[str, Any] = {
    "date": "2026-07-01",
    "date-time": "2026-07-01T09:00:00Z",
    "uuid": "0197c1de-5a3b-7c42-9d1e-6f08b7a4c2d5",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "string": "...",
}


@dataclass(frozen=True)
class FieldRow:
    """One field of a body, an answer or a query. `depth` is how deep it is inside another."""

    name: str
    depth: int
    kind: str
    is_required: bool
    values: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class AnswerView:
    """One answer of an operation."""

    status: str
    description: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True)
class OperationView:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: tuple[FieldRow, ...]
    body_media: str
    body: tuple[FieldRow, ...]
    answers: tuple[AnswerView, ...]
    curl: str


def render_api_page(document: JsonObject, service: str) -> str:
    """Return the whole page; the same document always gives the same page."""
    reader = _Reader(document, service)
    groups: dict[str, list[OperationView]] = {}
    for tag, operation in reader.operations():
        groups.setdefault(tag, []).append(operation)
    return _template().render(info=document["info"], groups=groups)


class _Reader:
    """Reads one document: follows its references and turns schemas into rows."""

    def __init__(self, document: JsonObject, service: str) -> None:
        self._document = document
        self._schemas: JsonObject = document.get("components", {}).get("schemas", {})
        self._prefix = next((str(server["url"]) for server in document.get("servers", ())), "")
        self._variable = f"{service.upper()}_URL"  # as `meedoen env --addresses` sets it

    def operations(self) -> Iterator[tuple[str, OperationView]]:
        """Yield every operation with its tag, in the document's order."""
        for path, item in self._document["paths"].items():
            for method in _METHODS:
                if method in item:
                    tag = next(iter(item[method].get("tags", ())), "")
                    yield tag, self._operation(path, method, item[method])

    def _operation(self, path: str, method: str, operation: JsonObject) -> OperationView:
        media, schema = _content(operation.get("requestBody", {}))
        parameters = operation.get("parameters", [])
        return OperationView(
            anchor=re.sub(r"[^a-z0-9]+", "-", f"{method} {path}".lower()).strip("-"),
            method=method.upper(),
            path=self._prefix + path,
            summary=operation.get("summary", ""),
            parameters=tuple(self._parameter(parameter) for parameter in parameters),
            body_media=media,
            body=tuple(self._rows(schema)),
            answers=tuple(self._answer(status, answer) for status, answer in operation["responses"].items()),
            curl=self._curl(path, method, parameters, media, schema),
        )

    def _parameter(self, parameter: JsonObject) -> FieldRow:
        schema = {key: parameter[key] for key in ("description",) if key in parameter} | parameter.get("schema", {})
        row = self._row(parameter["name"], schema, 0, is_required=parameter.get("required", False))
        return replace(row, kind=f"{row.kind}, in {parameter['in']}")

    def _answer(self, status: str, answer: JsonObject) -> AnswerView:
        _, schema = _content(answer)
        is_error = status[0] in "45"
        return AnswerView(status, answer.get("description", ""), () if is_error else tuple(self._rows(schema)))

    def _rows(self, schema: JsonObject, depth: int = 0, parents: tuple[str, ...] = ()) -> Iterator[FieldRow]:
        """Yield the fields of an object and of what is in it; a schema inside itself is named and not followed."""
        name, resolved = self._resolve(self._inner(schema))
        if name in parents:
            return
        required = resolved.get("required", ())
        for field, inner in resolved.get("properties", {}).items():
            yield self._row(field, inner, depth, is_required=field in required)
            yield from self._rows(inner, depth + 1, (*parents, name) if name else parents)

    def _row(self, name: str, schema: JsonObject, depth: int, *, is_required: bool) -> FieldRow:
        _, resolved = self._resolve(_without_null(schema))
        _, inner = self._resolve(self._inner(schema))
        limits = [words.format(_plain(resolved[key])) for key, words in _LIMITS.items() if key in resolved]
        if "default" in schema and schema["default"] not in (None, []):
            limits.append(f"without it: {json.dumps(schema['default'], ensure_ascii=False)}")
        description = schema.get("description") or resolved.get("description", "")
        note = "; ".join([*filter(None, [str(description).rstrip(".")]), *limits])
        values = tuple(str(value) for value in inner.get("enum", ()))
        return FieldRow(name, depth, self._kind(schema), is_required, values, note)

    def _kind(self, schema: JsonObject) -> str:
        """Return the type of a schema in words."""
        _, resolved = self._resolve(_without_null(schema))
        if "const" in resolved:
            return json.dumps(resolved["const"])
        if resolved.get("type") == "array":
            return f"list of {self._kind(resolved.get('items', {}))}"
        if isinstance(resolved.get("additionalProperties"), dict):
            return f"map to {self._kind(resolved['additionalProperties'])}"
        kind = str(resolved.get("format") or resolved.get("type") or "any")
        return kind if _without_null(schema) is schema else f"{kind} or null"

    def _inner(self, schema: JsonObject) -> JsonObject:
        """Return what a list holds, or a map; anything else is itself."""
        _, resolved = self._resolve(_without_null(schema))
        if resolved.get("type") == "array":
            return self._inner(resolved.get("items", {}))
        values = resolved.get("additionalProperties")
        return self._inner(values) if isinstance(values, dict) else _without_null(schema)

    def _resolve(self, schema: JsonObject) -> tuple[str, JsonObject]:
        """Return the name of a schema (empty when it has none) and what it says."""
        reference = schema.get("$ref")
        if reference is None:
            return "", schema
        name = str(reference).removeprefix(_REF_PREFIX)
        return name, self._schemas[name]

    def _curl(self, path: str, method: str, parameters: list[JsonObject], media: str, schema: JsonObject) -> str:
        needed = [parameter for parameter in parameters if parameter["in"] == "query" and parameter.get("required")]
        query = "&".join(f"{parameter['name']}={self._example(parameter.get('schema', {}))}" for parameter in needed)
        address = f"${self._variable}{self._prefix}{path}" + (f"?{query}" if query else "")
        lines = [f'curl --request {method.upper()} "{address}"', '--header "Authorization: Bearer $TOKEN"']
        if media:
            lines.append(f'--header "Content-Type: {media}"')
        if media.endswith("json"):
            lines.append(f"--data '{json.dumps(self._example(schema), indent=2, ensure_ascii=False)}'")
        elif media:
            lines.append("--data-binary @FILE")
        return " \\\n  ".join(lines)

    def _example(self, schema: JsonObject) -> Any:
        """Return a value that shows the form of a schema: its own example, or its first value, or one of its type."""
        _, resolved = self._resolve(_without_null(schema))
        examples = [*schema.get("examples", ()), *resolved.get("examples", ()), *resolved.get("enum", ())]
        if examples:
            return examples[0]
        if "const" in resolved:
            return resolved["const"]
        if resolved.get("type") == "array":
            return [self._example(resolved.get("items", {}))]
        if "properties" in resolved:
            required = resolved.get("required", ())
            return {name: self._example(inner) for name, inner in resolved["properties"].items() if name in required}
        return _EXAMPLES.get(str(resolved.get("format")), _EXAMPLES.get(str(resolved.get("type")), {}))


def _content(holder: JsonObject) -> tuple[str, JsonObject]:
    """Return the media type and schema of a body or an answer; empty ones when it has none."""
    for media, content in holder.get("content", {}).items():
        return media, content.get("schema", {})
    return "", {}


def _plain(limit: Any) -> Any:
    """Return 1 for 1.0, since the document has the limits of whole numbers as fractions."""
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _without_null(schema: JsonObject) -> JsonObject:
    """Return the one alternative beside null; a schema without that is itself."""
    alternatives = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return alternatives[0] if len(alternatives) == 1 else schema


@cache
def _template() -> "Template":
    """Import the template engine where a page is asked for, since most processes never show one."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("api_page.html.j2")
