"""Neighbourhoods over HTTP. Descriptions are Dutch."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import AfterValidator, Field

from services.recruitment.fields import Coordinator, Reader
from services.recruitment.neighbourhoods import handlers, repository
from services.recruitment.neighbourhoods.rules import Neighbourhood
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import Body, Query, TransactionDep, reject_personal_data
from shared.http.responses import Page, StateResponse

router = APIRouter(tags=["wijken"])
NewNeighbourhoodCode = Annotated[NeighbourhoodCode, AfterValidator(reject_personal_data)]
PeopleCount = Annotated[int, Field(ge=0, le=10_000_000, description="Aantal mensen")]


class NeighbourhoodRequest(Body):
    name: str = Field(min_length=1, max_length=100, description="Naam van de wijk")
    needs_but_not_obligated: PeopleCount
    obligated: PeopleCount


class NeighbourhoodResponse(StateResponse, NeighbourhoodRequest):
    code: NeighbourhoodCode


class NeighbourhoodPage(Page[NeighbourhoodResponse, str]):
    pass


class NeighbourhoodPageQuery(Query):
    limit: int = Field(default=50, ge=1, le=200, description="Hoeveel er hooguit komen")
    cursor: NeighbourhoodCode | None = Field(default=None, description="Waar het vorige antwoord ophield")


@router.put("/neighbourhoods/{code}", summary="Leg een wijk vast")
async def put_neighbourhood(
    code: NewNeighbourhoodCode, body: NeighbourhoodRequest, _: Coordinator, tx: TransactionDep
) -> NeighbourhoodResponse:
    neighbourhood = Neighbourhood(code=code, **dict(body))
    return NeighbourhoodResponse.from_state(await handlers.put_neighbourhood(neighbourhood, tx))


@router.get("/neighbourhoods", summary="Toon de wijken")
async def list_neighbourhoods(
    query: Annotated[NeighbourhoodPageQuery, FromQuery()], _: Reader, tx: TransactionDep
) -> NeighbourhoodPage:
    return NeighbourhoodPage.from_states(*await repository.list_neighbourhoods(tx, query.cursor, query.limit))
