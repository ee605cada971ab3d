"""Candidates over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.recruitment.candidates import handlers, repository
from services.recruitment.candidates.rules import Candidate
from services.recruitment.fields import Coordinator, NewRequest, Reader
from shared.events.codes import OutreachChannel, TargetGroup
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import Body, DatabaseDep
from shared.http.responses import CONFLICT, UNKNOWN, Answer, PageQuery
from shared.identity import LanguageCode, PersonId

router = APIRouter(tags=["kandidaten"])


class CandidateRequest(NewRequest):
    target_group: TargetGroup = Field(description="Doelgroep")
    language: LanguageCode
    channel: OutreachChannel = Field(description="Waar het eerste gesprek was")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: tuple[UUID, ...] = Field(default=(), max_length=20, description="Wie de kandidaat aanbracht")
    recruited_on: date = Field(description="Dag van aanmelding")
    consent_on: date = Field(description="Dag van toestemming; niet na de aanmelding")


class CandidateResponse(Answer, CandidateRequest):
    withdrawn_on: date | None = Field(description="Dag van terugtrekking")
    plan_signed_on: date | None = Field(description="Dag waarop het plan is getekend")


class CandidatePage(Answer):
    items: list[CandidateResponse]
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class WithdrawalRequest(Body):
    withdrawn_on: date = Field(description="Dag van terugtrekking")


@router.post("/candidates", status_code=201, summary="Meld een kandidaat aan, met toestemming", responses=CONFLICT)
async def register_candidate(body: CandidateRequest, caller: Coordinator, database: DatabaseDep) -> CandidateResponse:
    async with database.transaction(caller.municipality) as tx:
        return CandidateResponse.of(await handlers.register_candidate(Candidate(**dict(body)), tx))


@router.get("/candidates", summary="Toon de kandidaten")
async def list_candidates(
    query: Annotated[PageQuery, FromQuery()], caller: Reader, database: DatabaseDep
) -> CandidatePage:
    async with database.transaction(caller.municipality) as tx:
        candidates, next_id = await repository.list_candidates(tx, query.cursor, query.limit)
        items = [CandidateResponse.of(candidate) for candidate in candidates]
        return CandidatePage(items=items, next_cursor=next_id)


@router.get("/candidates/{person_id}", summary="Lees het dossier van een kandidaat", responses=UNKNOWN)
async def read_candidate(person_id: PersonId, caller: Coordinator, database: DatabaseDep) -> CandidateResponse:
    async with database.transaction(caller.municipality) as tx:
        return CandidateResponse.of(await handlers.read_candidate(person_id, caller, tx))


@router.post(
    "/candidates/{person_id}/withdrawals",
    status_code=201,
    summary="Trek een kandidaat terug",
    responses=UNKNOWN | CONFLICT,
)
async def withdraw_candidate(
    person_id: PersonId, body: WithdrawalRequest, caller: Coordinator, database: DatabaseDep
) -> CandidateResponse:
    async with database.transaction(caller.municipality) as tx:
        return CandidateResponse.of(await handlers.withdraw_candidate(person_id, body.withdrawn_on, tx))
