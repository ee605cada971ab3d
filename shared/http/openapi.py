"""FastAPI's OpenAPI document, changed to follow the NLGov REST API Design Rules (2.2).

Bad input answers 400 and never 422, every error is problem+json with status, title and detail, every response
names the API version in a header, and schema names are UpperCamelCase. Title, semantic version, description,
contact (name, url, email) and servers (ending in /v1) are set on the app; query keys are the route's own.
"""

import copy
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

PROBLEM_MEDIA_TYPE = "application/problem+json"
API_VERSION_HEADER = "API-Version"
JsonObject = dict[str, Any]
_REF = "#/components/schemas/"
_FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")
_WRITES = frozenset({"post", "put", "patch"})
_METHODS = _WRITES | {"get", "delete", "head", "options", "trace"}


class InputError(BaseModel):
    """One thing that is wrong with what was sent."""

    model_config = ConfigDict(frozen=True)
    field: str = Field(description="Where it stands, from the outside in", examples=["body.plannedOn"])
    code: str = Field(description="What kind of error, for programs", examples=["date_from_datetime_parsing"])
    message: str = Field(description="What is wrong, for people")


class Problem(BaseModel):
    """An error as RFC 9457 describes it; `errors` holds every input error at once."""

    model_config = ConfigDict(frozen=True)
    type: str = Field(
        default="about:blank", description="Kind of problem, as a URI", json_schema_extra={"format": "uri"}
    )
    title: str = Field(description="The kind of problem in a few words")
    status: int = Field(ge=400, le=599, description="The HTTP status code")
    detail: str = Field(description="What is wrong and how to fix it, in one sentence")
    instance: str | None = Field(default=None, description="Which request, by its trace id")
    errors: tuple[InputError, ...] = Field(default=(), description="Every input error, where the input is at fault")


def adr_openapi(app: FastAPI) -> JsonObject:
    """Return the document of the app by the rules above; ValueError if two schemas get the same name."""
    document = copy.deepcopy(FastAPI.openapi(app))
    components = document.setdefault("components", {})
    schemas: JsonObject = components.setdefault("schemas", {})
    for name in _FASTAPI_ERRORS:
        schemas.pop(name, None)
    schemas.update(_problem_schemas())
    components.setdefault("headers", {})["ApiVersion"] = {
        "description": "The full version of this API",
        "schema": {"type": "string", "examples": [document["info"]["version"]]},
    }
    for method, operation in _operations(document):
        operation["responses"] = _responses(method, operation)
    renamed = _upper_camel_names(schemas)
    components["schemas"] = {renamed[name]: schema for name, schema in sorted(schemas.items())}
    result: JsonObject = _with_names(document, renamed)
    return result


def _operations(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    for path in document.get("paths", {}).values():
        yield from ((method, operation) for method, operation in path.items() if method in _METHODS)


def _responses(method: str, operation: JsonObject) -> JsonObject:
    """Return every declared response with its version header, and the errors that the operation itself implies."""
    declared = {status: dict(response) for status, response in operation["responses"].items() if status != "422"}
    for status in _implied_errors(method, operation):
        declared.setdefault(status, {})
    return {status: _response(status, declared[status]) for status in sorted(declared)}


def _implied_errors(method: str, operation: JsonObject) -> Iterator[str]:
    if method in _WRITES or operation.get("parameters"):
        yield "400"
    if operation.get("security"):
        yield "401"
        yield "403"


def _response(status: str, response: JsonObject) -> JsonObject:
    response.setdefault("headers", {}).setdefault(API_VERSION_HEADER, {"$ref": "#/components/headers/ApiVersion"})
    if status[0] in "45":
        response["description"] = _description(status, response.get("description"))
        response["content"] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}}}
    return response


def _description(status: str, description: str | None) -> str:
    """Return the description of the route, or the status phrase in place of FastAPI's filler."""
    if description and description != "Error":
        return description
    return HTTPStatus(int(status)).phrase if status.isdigit() else "Error"


def _problem_schemas() -> JsonObject:
    schema = Problem.model_json_schema(ref_template=_REF + "{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _upper_camel_names(schemas: JsonObject) -> dict[str, str]:
    renamed = {name: _upper_camel(name) for name in schemas}
    twice = [name for name, camel in renamed.items() if list(renamed.values()).count(camel) > 1]
    if twice:
        raise ValueError(f"The schemas {' and '.join(sorted(twice))} get the same name in the document: rename one.")
    return renamed


def _upper_camel(name: str) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def _with_names(node: Any, renamed: dict[str, str]) -> Any:
    """Rename references in `$ref` and in the mapping of a discriminator: both are texts with the same prefix."""
    if isinstance(node, dict):
        return {name: _with_names(value, renamed) for name, value in node.items()}
    if isinstance(node, list):
        return [_with_names(item, renamed) for item in node]
    if isinstance(node, str) and node.startswith(_REF):
        return _REF + renamed.get(node.removeprefix(_REF), node.removeprefix(_REF))
    return node
