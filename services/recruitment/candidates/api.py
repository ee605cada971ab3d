"""Candidates over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.recruitment.candidates import handlers, repository
from services.recruitment.candidates.rules import Candidate
from services.recruitment.fields import Coordinator, NewRequest
from shared.events.codes import OutreachChannel, TargetGroup
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
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


class CandidateResponse(StateResponse, CandidateRequest):
    ABOUT: ClassVar = ("id",)

    withdrawn_on: date | None = Field(description="Dag van terugtrekking")
    plan_signed_on: date | None = Field(description="Dag waarop het plan is getekend")


class CandidatePage(Page[CandidateResponse, UUID]):
    pass


class WithdrawalRequest(Body):
    withdrawn_on: date = Field(description="Dag van terugtrekking")


@router.post("/candidates", status_code=201, summary="Meld een kandidaat aan, met toestemming")
async def register_candidate(body: CandidateRequest, _: Coordinator, tx: TransactionDep) -> CandidateResponse:
    return CandidateResponse.from_state(await handlers.register_candidate(Candidate(**dict(body)), tx))


@router.get("/candidates", summary="Toon de kandidaten")
async def list_candidates(
    query: Annotated[PageQuery, FromQuery()], _: Coordinator, tx: TransactionDep
) -> CandidatePage:
    return CandidatePage.from_states(*await repository.list_candidates(tx, query.cursor, query.limit))


@router.get("/candidates/{person_id}", summary="Lees het dossier van een kandidaat")
async def read_candidate(person_id: PersonId, _: Coordinator, tx: TransactionDep) -> CandidateResponse:
    return CandidateResponse.from_state(await handlers.read_candidate(person_id, tx))


@router.post(
    "/candidates/{person_id}/withdrawals",
    status_code=201,
    summary="Trek een kandidaat terug",
)
async def withdraw_candidate(
    person_id: PersonId, body: WithdrawalRequest, _: Coordinator, tx: TransactionDep
) -> CandidateResponse:
    return CandidateResponse.from_state(await handlers.withdraw_candidate(person_id, body.withdrawn_on, tx))
