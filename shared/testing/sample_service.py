"""A sample service for tests of the HTTP layer: none of its routes uses the database, which does not exist."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, FastAPI
from fastapi import Query as QueryParameters
from pydantic import Field, field_validator

from shared.auth.local_issuer import LocalIssuer
from shared.database.address import DatabaseAddress
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.http.requests import Body, Caller, Query, conflict, not_found, requires
from shared.identity import Role
from shared.service import ServiceDefinition, create_service
from shared.settings import ServiceSettings

NOWHERE = DatabaseAddress.parse("postgresql://nobody@127.0.0.1:1/none")


class Settings(ServiceSettings):
    service: Literal["recruitment"] = "recruitment"


class Plan(Body):
    person_id: UUID
    signed_on: date
    hours: int = Field(ge=1, le=40)
    remark: str = Field(default="", max_length=20)

    @field_validator("remark")
    @classmethod
    def _validate_remark(cls, remark: str) -> str:
        if remark == "Abel Zonnebloem":
            raise ValueError(f"The remark '{remark}' is not right: leave it out.")
        if remark == "no":
            raise ValueError("A remark says more than one word: say more.")
        return remark


class Paging(Query):
    page_size: int = Field(default=10, ge=1, le=100)


CaseManager = Annotated[Caller, Depends(requires(Role.CASE_MANAGER))]
router = APIRouter()


@router.post("/plans", status_code=201)
async def sign_plan(body: Plan, _: CaseManager) -> Plan:
    return body


@router.get("/plans")
async def list_plans(paging: Annotated[Paging, QueryParameters()], caller: CaseManager) -> dict[str, Any]:
    return {"municipality": caller.municipality, "roles": sorted(caller.roles), "page_size": paging.page_size}


@router.get("/plans/{plan_id}/{outcome}")
async def fail(plan_id: UUID, outcome: str) -> None:  # noqa: ARG001 - part of the path
    raise {
        "missing": not_found("plan"),
        "conflict": conflict("plan_already_signed", "This plan was signed already: open it instead."),
        "rule": ConflictError("id_in_use", "This id is in use for something with other content: send a new id."),
        "input": WrongInputError(Fault("hours", "too_many", "A week has at most 40 hours: give fewer.")),
        "bug": RuntimeError("Abel Zonnebloem, 40 hours"),
        "away": ConnectionRefusedError("database"),
    }[outcome]


DEFINITION = ServiceDefinition("recruitment", "Werving", "Een verzonnen dienst.", router, ())


def settings(jwks_file: Path | None, **options: Any) -> Settings:
    return Settings(
        municipalities=("gm0637",),
        database_url=NOWHERE,
        relay_database_url=NOWHERE,
        auth_jwks_file=jwks_file,
        messaging_enabled=False,
        **options,
    )


def app(issuer: LocalIssuer, **options: Any) -> FastAPI:
    return create_service(settings(issuer.jwks_file, **options), DEFINITION)


def client(application: FastAPI, token: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test/v1", headers=headers)
