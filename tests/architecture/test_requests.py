"""What holds for every route of every service: no body is read before token and role, and nothing is taken loosely."""

import importlib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import BaseModel, ValidationError

from shared.auth.local_issuer import LocalIssuer
from shared.http.requests import Body, Query, Requirement
from shared.http.strict import find_person_rule
from shared.identity import is_random
from shared.service import API_PREFIX, DOCUMENT_PATH
from shared.service_names import SERVICES

HTTP_SERVICES = [name for name in SERVICES if name != "calendar"]
OPEN_TO_ALL = {"/health/live", "/health/ready", "/health/status", "/metrics", DOCUMENT_PATH, "/docs"}
OPEN_TO_ALL |= {f"{API_PREFIX}/event-schemas/{{purpose}}/{{type_name}}"}  # what events look like, and nobody's data
MADE_UP = {"month": "2026-07", "code": "x", "file_id": "x"}
LOOSE: dict[type, tuple[Any, ...]] = {
    int: ("1", 1.0, True),
    bool: ("true", 1),
    date: (20260101, "20260101", "86400", 1.0),
    UUID: ("019ab3c6f1d07d2e8c5ba1f4e09d7b36", "{019ab3c6-f1d0-7d2e-8c5b-a1f4e09d7b36}", 1),
}
OF_PERSONS = ("person_id", "household_id")
DISGUISED = "00000000-0000-4000-8000-000123456789"
NOT_RANDOM = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"  # of a machine and a moment, as older callers derived them


@cache
def app_of(service: str, folder: Path) -> FastAPI:
    settings = importlib.import_module(f"services.{service}.settings").Settings(
        municipalities=("gm0637",),
        database_url="postgresql://nobody@127.0.0.1:1/none",
        auth_jwks_file=LocalIssuer(folder).jwks_file,
        messaging_enabled=False,
    )
    app: FastAPI = importlib.import_module(f"services.{service}.app").create_app(settings)
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer")


def routes_of(app: FastAPI) -> list[RouteContext]:
    return [context for context in iter_route_contexts(app.routes) if str(context.path).startswith(API_PREFIX)]


def models_of(service: str, folder: Path) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    for route in routes_of(app_of(service, folder)):
        for field in (*route.dependant.body_params, *route.dependant.query_params):
            found.update(_models_in(field.field_info.annotation))
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models_in(field.annotation)
    for part in get_args(annotation):
        yield from _models_in(part)


async def ask(app: FastAPI, method: str, path: str, token: str | None, content_type: str) -> int:
    """Send a header that announces too much of the wrong kind, and never a body: return the status of the response."""
    headers = {"content-type": content_type, "content-length": str(10**12), "expect": "100-continue"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"unknown=1",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    statuses: list[int] = []

    async def receive() -> Any:
        raise AssertionError(f"{method} {path} reads a body from whom it may not read one")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    (status,) = statuses
    return status


@pytest.mark.parametrize("service", HTTP_SERVICES)
async def test_no_byte_of_a_body_is_read_before_token_and_role(service: str, folder: Path) -> None:
    app = app_of(service, folder)
    stranger = LocalIssuer(folder).token(role="astronaut")
    answers = {}
    for route in routes_of(app):
        if route.path in OPEN_TO_ALL:
            continue
        made_up = {name: MADE_UP.get(name, "not-an-id") for name in route.param_convertors}
        path = str(route.path_format).format(**made_up)
        for method in route.methods or ():
            for content_type in ("application/json", "application/xml", "text/plain"):
                answers[method, path, content_type] = (
                    await ask(app, method, path, None, content_type),
                    await ask(app, method, path, stranger, content_type),
                )
    assert len(answers) > 10
    assert {key: statuses for key, statuses in answers.items() if statuses != (401, 403)} == {}


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_only_what_operators_and_developers_read_is_open_to_all(service: str, folder: Path) -> None:
    app = app_of(service, folder)
    open_routes = {
        (route.path, *sorted(route.methods or ()))
        for route in iter_route_contexts(app.routes)
        if not any(isinstance(each.call, Requirement) for each in route.dependant.dependencies)
    }
    assert {path for path, *_ in open_routes} <= OPEN_TO_ALL
    assert {method for _, *methods in open_routes for method in methods} == {"GET"}


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_whatever_comes_in_is_a_strict_model_or_a_part_of_the_path(service: str, folder: Path) -> None:
    loose = {model.__name__ for model in models_of(service, folder) if not issubclass(model, (Body, Query))}
    assert loose == set(), "Derive them from shared.http.requests.Body or Query."
    for route in routes_of(app_of(service, folder)):
        dependant = route.dependant
        assert (dependant.header_params, dependant.cookie_params) == ([], []), f"{route.path} reads headers"
        for field in dependant.query_params:
            assert issubclass(field.field_info.annotation, Query), f"{route.path} takes {field.alias} by itself"
        for field in dependant.path_params:
            assert field.field_info.annotation in {UUID, date, str}, f"{route.path} takes {field.alias} loosely"


def faults_of(model: type[BaseModel], name: str, value: Any) -> list[str]:
    key = model.model_fields[name].alias or name
    try:
        model.model_validate({key: value})
    except ValidationError as error:
        return [str(each["type"]) for each in error.errors() if each["loc"][0] in {key, name}]
    return []


def types_in(annotation: Any) -> set[Any]:
    parts = get_args(annotation)
    return {annotation} if not parts else set().union(*map(types_in, parts))


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_numbers_days_ids_and_truth_come_in_their_one_form(service: str, folder: Path) -> None:
    taken = []
    tried = 0
    for model in models_of(service, folder):
        for name, field in model.model_fields.items():
            for kind in types_in(field.annotation) & LOOSE.keys():
                is_text = issubclass(model, Query)
                for value in LOOSE[kind]:
                    given = str(value).replace("True", "1.0") if is_text else value
                    if is_text and kind in {int, bool} and value in {"1", "true"}:
                        continue
                    wrapped = [given] if get_args(field.annotation)[1:] == (...,) else given
                    tried += 1
                    if not faults_of(model, name, wrapped):
                        taken.append((model.__name__, name, value))
    assert tried > 5
    assert taken == []


@pytest.mark.parametrize("service", HTTP_SERVICES)
def test_an_id_of_a_person_is_random_when_new_and_never_a_number(service: str, folder: Path) -> None:
    for model in models_of(service, folder):
        for name, field in model.model_fields.items():
            if name.endswith(OF_PERSONS):
                rule = find_person_rule(field.annotation, field.metadata)
                assert rule is not None, f"{model.__name__}.{name} takes any id"
                refused = [faults_of(model, name, number) for number in (DISGUISED, NOT_RANDOM)]
                assert refused == [["random_id"], ["random_id"] if rule is is_random else []]
    for route in routes_of(app_of(service, folder)):
        for field in route.dependant.path_params:
            if field.alias in OF_PERSONS:
                rule = find_person_rule(field.field_info.annotation, field.field_info.metadata)
                assert rule is not None, f"{route.path} takes any id"


async def test_a_route_that_asks_nobody_is_seen(folder: Path) -> None:
    """Break it on purpose: a route without a requirement comes as far as the size of the body."""
    app = app_of.__wrapped__("intake", folder)

    @app.post("/v1/careless")
    async def take(body: dict[str, Any]) -> None:
        raise AssertionError(body)

    assert await ask(app, "POST", "/v1/careless", None, "application/json") == 413
