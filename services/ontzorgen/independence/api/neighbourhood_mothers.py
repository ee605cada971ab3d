"""Neighbourhood mothers (buurtmoeders) over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import MotherId, NewItemRequest, Worker
from services.ontzorgen.independence.handlers import neighbourhood_mothers
from services.ontzorgen.independence.rules.neighbourhood_mothers import (
    Engagement,
    MotherEngagement,
    NeighbourhoodMother,
)
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import KnownId, LanguageCode, RandomId, new_id

router = APIRouter(tags=["omgeving"])


class MotherRequest(NewItemRequest):
    id: RandomId = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    languages: tuple[LanguageCode, ...] = Field(min_length=1, max_length=12, description="Talen die zij spreekt")
    from_day: date = Field(description="Eerste dag van haar werk")
    until_day: date | None = Field(default=None, description="Laatste dag van haar werk")


class MotherResponse(StateResponse, MotherRequest):
    ABOUT: ClassVar = ("id",)


class MotherPage(Page[MotherResponse, UUID]):
    pass


class EngagementRequest(NewItemRequest):
    engagement: Engagement = Field(description="Wat zij deed")
    on_day: date = Field(description="Op welke dag")
    minutes: int = Field(ge=1, le=1_440, description="Duur in minuten")
    household_id: KnownId | None = Field(default=None, description="Het huishouden dat zij begeleidt")
    volunteer_id: UUID | None = Field(default=None, description="De vrijwilliger die zij wierf")


class EngagementResponse(StateResponse, EngagementRequest):
    pass


class EngagementList(StateResponse):
    items: list[EngagementResponse]


@router.post("/neighbourhood-mothers", status_code=201, summary="Schrijf een buurtmoeder in")
async def register_mother(body: MotherRequest, _: Worker, tx: TransactionDep) -> MotherResponse:
    mother = NeighbourhoodMother(**dict(body))
    return MotherResponse.from_state(await neighbourhood_mothers.register_mother(mother, tx))


@router.get("/neighbourhood-mothers", summary="Toon de buurtmoeders")
async def list_mothers(query: Annotated[PageQuery, FromQuery()], _: Worker, tx: TransactionDep) -> MotherPage:
    return MotherPage.from_states(*await neighbourhood_mothers.list_mothers(query.cursor, query.limit, tx))


@router.post(
    "/neighbourhood-mothers/{mother_id}/engagements",
    status_code=201,
    summary="Leg werk van een buurtmoeder vast",
)
async def engage_mother(
    mother_id: MotherId, body: EngagementRequest, _: Worker, tx: TransactionDep
) -> EngagementResponse:
    engagement = MotherEngagement(mother_id=mother_id, **dict(body))
    return EngagementResponse.from_state(await neighbourhood_mothers.engage_mother(engagement, tx))


@router.get("/neighbourhood-mothers/{mother_id}/engagements", summary="Toon het werk van een buurtmoeder")
async def list_engagements(mother_id: MotherId, _: Worker, tx: TransactionDep) -> EngagementList:
    engagements = await neighbourhood_mothers.list_engagements(mother_id, tx)
    return EngagementList(items=[EngagementResponse.from_state(engagement) for engagement in engagements])
