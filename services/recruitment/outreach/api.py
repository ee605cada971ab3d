"""Outreaches over HTTP. Descriptions are Dutch."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from services.recruitment.fields import AmbassadorIds, Coordinator, NewRequest
from services.recruitment.outreach import handlers
from services.recruitment.outreach.rules import Outreach
from shared.events.codes import OutreachChannel
from shared.events.recruitment import NeighbourhoodCode
from shared.http.requests import TransactionDep
from shared.http.responses import StateResponse

router = APIRouter(tags=["werving"])


class OutreachRequest(NewRequest):
    channel: OutreachChannel = Field(description="Soort plek")
    neighbourhood: NeighbourhoodCode
    ambassador_ids: AmbassadorIds
    people_reached: int = Field(ge=0, le=100_000, description="Aantal mensen met wie is gesproken")
    held_on: date = Field(description="Dag van de actie")


class OutreachResponse(StateResponse, OutreachRequest):
    pass


@router.post("/outreaches", status_code=201, summary="Leg een wervingsactie vast")
async def hold_outreach(body: OutreachRequest, _: Coordinator, tx: TransactionDep) -> OutreachResponse:
    return OutreachResponse.from_state(await handlers.hold_outreach(Outreach(**dict(body)), tx))
