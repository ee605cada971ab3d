"""Targets over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.recruitment.fields import Reader
from services.recruitment.targets import handlers
from shared.http.requests import Query, TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["ambassadeurs"])


class TargetsQuery(Query):
    on: date = Field(description="Dag waarvan het beleid geldt")


class PersonalTargetResponse(StateResponse):
    ambassador_id: UUID
    personal_target: int = Field(description="Aandeel in het groepsdoel, in getekende plannen")
    credited: int = Field(description="Getekende plannen van wie deze ambassadeur aanbracht")


class TargetsResponse(StateResponse):
    group_target: int = Field(description="Groepsdoel, in getekende plannen")
    signed_plans: int = Field(description="Getekende plannen, elke persoon eenmaal geteld")
    evaluation_interval_weeks: int = Field(description="Weken tussen twee evaluaties")
    ambassadors: list[PersonalTargetResponse]


@router.get("/targets", summary="Toon groepsdoel en persoonlijke doelen")
async def read_targets(query: Annotated[TargetsQuery, FromQuery()], _: Reader, tx: TransactionDep) -> TargetsResponse:
    return TargetsResponse.from_state(await handlers.read_targets(query.on, tx))
