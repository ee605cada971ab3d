"""FastAPI's OpenAPI document, changed to follow the NLGov REST API Design Rules (2.2) and to say what really comes.

Bad input answers 400 and never 422, every error is problem+json, every response names the API version in a header,
schema names are UpperCamelCase, and an operation is called after its function. Which errors an operation has follows
from its route (`implied_errors.py`). Title, semantic version, description, contact, tags and servers (ending in /v1)
are set on the app.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.errors.problems import PROBLEM_MEDIA_TYPE
from shared.http.implied_errors import HEADERS_OF, describe_operation, find_implied_errors

API_VERSION_HEADER = "API-Version"
JsonObject = dict[str, Any]
_REF = "#/components/schemas/"
_FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")
_METHODS = frozenset({"get", "put", "post", "patch", "delete", "head", "options", "trace"})


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
    code: str = Field(
        pattern="^[a-z][a-z0-9_]*$",
        description="Which problem it is, for programs: a code keeps its meaning, and new ones may come",
        examples=["run_not_sealed"],
    )
    instance: str | None = Field(default=None, description="Which request, by its trace id")
    errors: tuple[InputError, ...] = Field(default=(), description="Every input error, where the input is at fault")


def adr_openapi(app: FastAPI) -> JsonObject:
    """Return the document of the app by the rules above; ValueError if two schemas or operations get the same name."""
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
    routes = {(method.lower(), route.path_format): route for route, method in _routes(app)}
    for method, path, operation in _operations(document):
        _complete(method, operation, routes[method, path])
    _refuse_doubles(operation["operationId"] for *_, operation in _operations(document))
    renamed = _upper_camel_names(schemas)
    components["schemas"] = {renamed[name]: schema for name, schema in sorted(schemas.items())}
    result: JsonObject = _with_names(document, renamed)
    return result


def _routes(app: FastAPI) -> Iterator[tuple[RouteContext, str]]:
    for route in iter_route_contexts(app.routes):
        yield from ((route, method) for method in route.methods or ())


def _operations(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    for path, item in document.get("paths", {}).items():
        yield from ((method, path, operation) for method, operation in item.items() if method in _METHODS)


def _complete(method: str, operation: JsonObject, route: RouteContext) -> None:
    """Give an operation its name, a description, and every response with its version header."""
    operation["operationId"] = to_camel(str(route.name))
    operation.setdefault("description", describe_operation(operation, route))
    declared = {status: dict(response) for status, response in operation["responses"].items() if status != "422"}
    for status, description in find_implied_errors(method, operation, route).items():
        declared.setdefault(status, {}).setdefault("description", description)
    operation["responses"] = {status: _response(status, declared[status]) for status in sorted(declared)}


def _response(status: str, response: JsonObject) -> JsonObject:
    headers = response.setdefault("headers", {})
    headers.setdefault(API_VERSION_HEADER, {"$ref": "#/components/headers/ApiVersion"})
    if status[0] in "45":
        headers.update(HEADERS_OF.get(status, {}))
        response["content"] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}}}
    return response


def _refuse_doubles(names: Iterator[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"Two operations are called {name}: give the function of one of them another name.")
        seen.add(name)


def _problem_schemas() -> JsonObject:
    schema = Problem.model_json_schema(ref_template=_REF + "{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _upper_camel_names(schemas: JsonObject) -> dict[str, str]:
    if spelled_out := [name for name in schemas if "__" in name]:
        raise ValueError(f"Models share a name, so the document spells out {' and '.join(spelled_out)}: rename one.")
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
