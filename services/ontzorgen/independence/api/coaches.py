"""Budget coaches and their caseload over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import CoachId, NewItemRequest, PolicyCode, Worker
from services.ontzorgen.independence.handlers import coaches
from services.ontzorgen.independence.rules.coaches import Coach
from shared.http.requests import Query, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import HouseholdId, PersonId, RandomId, new_id

router = APIRouter(tags=["begeleiding"])
CASELOAD_MAX = 500


class CoachRequest(NewItemRequest):
    id: RandomId = Field(default_factory=new_id, description="Eigen id; dezelfde id nogmaals sturen verandert niets")
    caseload_max: int = Field(ge=1, le=CASELOAD_MAX, description="Hoeveel mensen de coach hooguit begeleidt")
    from_day: date = Field(description="Eerste dag als coach")
    until_day: date | None = Field(default=None, description="Laatste dag als coach")
    provider: PolicyCode | None = Field(default=None, description="Code van de aanbieder", examples=["piezo"])


class CoachResponse(StateResponse, CoachRequest):
    pass


class CaseloadResponse(StateResponse):
    coach: CoachResponse
    caseload: int = Field(description="Hoeveel mensen de coach op deze dag begeleidt")


class CoachPage(StateResponse):
    items: list[CaseloadResponse]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class CoachedPersonResponse(StateResponse):
    household_id: HouseholdId
    person_id: PersonId
    started_on: date = Field(description="Eerste dag van de coaching")
    last_day: date = Field(description="Laatste dag volgens het beleid")


class CoachedPeople(Page[CoachedPersonResponse, str]):
    pass


class CoachTermResponse(StateResponse):
    household_id: HouseholdId
    person_id: PersonId
    coach_id: UUID = Field(description="De coach, met een willekeurig nummer")
    from_day: date = Field(description="Eerste dag bij deze coach")
    until_day: date = Field(description="Laatste dag bij deze coach, zoals die nu bekend is")


class CoachTermList(StateResponse):
    items: list[CoachTermResponse]


class CaseloadQuery(Query):
    on: date = Field(description="Op welke dag")
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="Waar het vorige antwoord ophield",
    )


class CoachQuery(PageQuery):
    on: date = Field(description="Op welke dag")


@router.post("/coaches", status_code=201, summary="Schrijf een coach in")
async def register_coach(body: CoachRequest, _: Worker, tx: TransactionDep) -> CoachResponse:
    return CoachResponse.from_state(await coaches.register_coach(Coach(**dict(body)), tx))


@router.get("/coaches", summary="Toon de coaches en hun aantal mensen")
async def list_coaches(query: Annotated[CoachQuery, FromQuery()], _: Worker, tx: TransactionDep) -> CoachPage:
    page, next_cursor = await coaches.list_coaches(query.on, query.cursor, query.limit, tx)
    return CoachPage(items=[CaseloadResponse.from_state(coach) for coach in page], next_cursor=next_cursor)


@router.get("/coaches/{coach_id}/people", summary="Toon wie een coach begeleidt")
async def list_coached_people(
    coach_id: CoachId, query: Annotated[CaseloadQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> CoachedPeople:
    household_id, person_id = (query.cursor or "_").split("_")
    after = (UUID(household_id), UUID(person_id)) if query.cursor else None
    coachings, following = await coaches.list_caseload(coach_id, query.on, after, query.limit, tx)
    return CoachedPeople.from_states(coachings, following and "_".join(map(str, following)))


@router.get("/coaches/{coach_id}/terms", summary="Toon wie een coach wanneer begeleidde")
async def list_coach_terms(coach_id: CoachId, _: Worker, tx: TransactionDep) -> CoachTermList:
    return CoachTermList(items=[CoachTermResponse.from_state(term) for term in await coaches.list_terms(coach_id, tx)])
