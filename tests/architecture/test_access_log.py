"""Every answer is about somebody, and then in the access log, or is on the one list of those that are about nobody."""

from collections.abc import Mapping
from importlib import import_module
from uuid import UUID

import pytest
from answers_about_nobody import ABOUT_NOBODY
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from shared.http.access_log import router as access_log_router
from shared.http.disclosing import discloses_by, disclosure_of
from shared.identity import HouseholdId, PersonId
from shared.service_names import SERVICES


def compare(router: APIRouter, about_nobody: Mapping[str, str]) -> list[str]:
    """Return what is wrong between the routes of a service and its part of the list."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    disclosures = {
        f"{method} {context.path_format}": disclosure_of(context)
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or ())
    }
    wrong = [f"{route} is on the list and does not exist" for route in about_nobody.keys() - disclosures.keys()]
    for route, disclosure in disclosures.items():
        if disclosure and route in about_nobody:
            wrong.append(f"{route} is on the list and is about somebody: take it off")
        if not disclosure and route not in about_nobody:
            wrong.append(f"{route} names nobody: type the ids in its answer, or put it on the list with the reason")
    return sorted(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_about_somebody_or_on_the_list(service: str) -> None:
    assert compare(import_module(f"services.{service}.app").DEFINITION.router, ABOUT_NOBODY[service]) == []


def test_looking_into_the_log_is_logged() -> None:
    assert compare(access_log_router, {}) == []


def test_every_reason_says_something() -> None:
    assert all(reason.strip() for routes in ABOUT_NOBODY.values() for reason in routes.values())


class Untyped(BaseModel):
    """A bad sample: it is about a person, and nothing says so."""

    someone: UUID


class Typed(BaseModel):
    whom: PersonId
    homes: dict[str, tuple[HouseholdId, ...]]


bad = APIRouter()


@bad.get("/untyped")
def read_untyped() -> Untyped:
    raise NotImplementedError


@bad.get("/typed")
def read_typed() -> list[Typed]:
    raise NotImplementedError


@bad.get("/people/{person_id}/picture", response_model=None)
def read_picture(person_id: UUID) -> bytes:
    raise NotImplementedError(person_id)


@bad.get("/files/{file_id}", response_model=None)
@discloses_by("file_id")
def read_file(file_id: str) -> bytes:
    raise NotImplementedError(file_id)


def test_a_route_that_is_forgotten_or_wrongly_listed_is_found() -> None:
    listed = {"GET /typed": "counts", "GET /gone": "counts"}
    assert compare(bad, listed) == [
        "GET /gone is on the list and does not exist",
        "GET /typed is on the list and is about somebody: take it off",
        "GET /untyped names nobody: type the ids in its answer, or put it on the list with the reason",
    ]
