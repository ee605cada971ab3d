"""Ambassadors and pairs over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.recruitment.ambassadors import handlers, repository
from services.recruitment.ambassadors.rules import Ambassador, Pair
from services.recruitment.fields import AmbassadorIds, Coordinator, NewRequest
from shared.events.codes import LanguageLevel
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse
from shared.identity import LanguageCode

router = APIRouter(tags=["ambassadeurs"])


class AmbassadorRequest(NewRequest):
    neighbourhood: NeighbourhoodCode
    appointed_on: date = Field(description="Eerste dag als ambassadeur")
    own_trajectory_completed: bool = Field(description="Heeft zelf een traject afgerond")
    dutch_level: LanguageLevel = Field(description="Taalniveau Nederlands (ERK)")
    languages: tuple[LanguageCode, ...] = Field(default=(), max_length=10, description="Talen die iemand spreekt")


class AmbassadorResponse(StateResponse, AmbassadorRequest):
    ABOUT: ClassVar = ("id",)

    pair_id: UUID | None = Field(description="Koppel waarin de ambassadeur werkt")


class AmbassadorPage(Page[AmbassadorResponse, UUID]):
    pass


class PairRequest(NewRequest):
    ambassador_ids: AmbassadorIds
    formed_on: date = Field(description="Dag waarop het koppel begint")


class PairResponse(StateResponse, PairRequest):
    pass


@router.post("/ambassadors", status_code=201, summary="Stel een ambassadeur aan")
async def appoint_ambassador(body: AmbassadorRequest, _: Coordinator, tx: TransactionDep) -> AmbassadorResponse:
    return AmbassadorResponse.from_state(await handlers.appoint_ambassador(Ambassador(**dict(body)), tx))


@router.get("/ambassadors", summary="Toon de ambassadeurs")
async def list_ambassadors(
    query: Annotated[PageQuery, FromQuery()], _: Coordinator, tx: TransactionDep
) -> AmbassadorPage:
    return AmbassadorPage.from_states(*await repository.list_ambassadors(tx, query.cursor, query.limit))


@router.post("/pairs", status_code=201, summary="Vorm een koppel ambassadeurs")
async def form_pair(body: PairRequest, _: Coordinator, tx: TransactionDep) -> PairResponse:
    return PairResponse.from_state(await handlers.form_pair(Pair(**dict(body)), tx))
