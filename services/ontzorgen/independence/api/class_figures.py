"""Figures by class of self-reliance over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import FiguresReader
from services.ontzorgen.independence.handlers import class_figures
from shared.http.requests import Caller, DatabaseDep, Query, TransactionDep, requires
from shared.http.responses import StateResponse
from shared.identity import Role

router = APIRouter(tags=["cijfers"])
Operator = Annotated[Caller, Depends(requires(Role.OPERATOR))]
_TOO_SMALL = "leeg als een aantal kleiner dan vijf is of eruit af te leiden zou zijn"


class FiguresQuery(Query):
    on: date = Field(description="Op welke dag")


class ClassFiguresResponse(StateResponse):
    municipality: str | None = Field(description="Gemeente; leeg: alle gemeenten samen")
    people: int | None = Field(description=f"Mensen in het ontzorgen; {_TOO_SMALL}")
    not_self_reliant: int | None = Field(description=f"Niet zelfredzaam; {_TOO_SMALL}")
    limited: int | None = Field(description=f"Beperkt zelfredzaam; {_TOO_SMALL}")
    self_reliant: int | None = Field(description=f"Zelfredzaam; {_TOO_SMALL}")
    not_measured: int | None = Field(description=f"Nog niet gemeten; {_TOO_SMALL}")


class AllClassFiguresResponse(StateResponse):
    over_all: ClassFiguresResponse = Field(description="Alle gemeenten samen")
    items: list[ClassFiguresResponse] = Field(description="Elke gemeente")


@router.get("/self-reliance-figures", summary="Tel de mensen per klasse van zelfredzaamheid")
async def count_self_reliance(
    query: Annotated[FiguresQuery, FromQuery()], _: FiguresReader, tx: TransactionDep
) -> ClassFiguresResponse:
    return ClassFiguresResponse.from_state(await class_figures.load_figures(query.on, tx))


@router.get("/self-reliance-figures/all", summary="Tel de mensen per klasse over alle gemeenten")
async def count_self_reliance_of_all(
    query: Annotated[FiguresQuery, FromQuery()], _: Operator, request: Request, database: DatabaseDep
) -> AllClassFiguresResponse:
    municipalities = sorted(request.app.state.access.municipalities)
    over_all, each = await class_figures.load_all_figures(query.on, municipalities, database)
    return AllClassFiguresResponse.model_validate(
        {
            "over_all": ClassFiguresResponse.from_state(over_all),
            "items": [ClassFiguresResponse.from_state(figures) for figures in each],
        }
    )
