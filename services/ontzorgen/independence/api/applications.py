"""Applications on behalf of people (childcare, travel) over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import ApplicationId, NewItemRequest, OfPerson, PersonQuery, Worker
from services.ontzorgen.independence.handlers import applications
from services.ontzorgen.independence.rules.applications import Application, ApplicationOutcome
from services.ontzorgen.policies.rules.guidance import ApplicationKind
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])


class ApplicationRequest(NewItemRequest):
    kind: ApplicationKind = Field(description="Waarvoor: kinderopvang of reiskosten")
    applied_on: date = Field(description="Dag van de aanvraag")
    person_id: OfPerson = None


class ApplicationResponse(StateResponse, ApplicationRequest):
    decide_by: date = Field(description="Dag waarop uiterlijk is beslist")
    decided_on: date | None = Field(description="Dag van de beslissing")
    outcome: ApplicationOutcome | None = Field(description="Toegekend of afgewezen; leeg als er nog niet is beslist")


class ApplicationList(StateResponse):
    items: list[ApplicationResponse]


class ApplicationDecisionRequest(Body):
    outcome: ApplicationOutcome = Field(description="Toegekend of afgewezen")
    decided_on: date = Field(description="Dag van de beslissing")


@router.post("/households/{household_id}/applications", status_code=201, summary="Leg een aanvraag vast")
async def record_application(
    household_id: HouseholdId, body: ApplicationRequest, _: Worker, tx: TransactionDep
) -> ApplicationResponse:
    application = Application(household_id=household_id, **dict(body))
    return ApplicationResponse.from_state(await applications.record_application(application, tx))


@router.get("/households/{household_id}/applications", summary="Toon de aanvragen")
async def list_applications(
    household_id: HouseholdId, query: Annotated[PersonQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> ApplicationList:
    listed = await applications.list_applications(household_id, query.person_id, tx)
    return ApplicationList(items=[ApplicationResponse.from_state(application) for application in listed])


@router.post(
    "/households/{household_id}/applications/{application_id}/decisions",
    status_code=201,
    summary="Leg de beslissing op een aanvraag vast",
)
async def decide_application(
    household_id: HouseholdId,
    application_id: ApplicationId,
    body: ApplicationDecisionRequest,
    _: Worker,
    tx: TransactionDep,
) -> ApplicationResponse:
    decided = await applications.decide_application(household_id, application_id, body.outcome, body.decided_on, tx)
    return ApplicationResponse.from_state(decided)
