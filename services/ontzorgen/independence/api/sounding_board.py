"""The sounding board over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import REFUSALS, NewItemRequest, Worker
from services.ontzorgen.independence.handlers import sounding_board
from services.ontzorgen.independence.rules.sounding_board import SoundingBoardMeeting
from shared.http.requests import TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse

router = APIRouter(tags=["omgeving"])


class MeetingRequest(NewItemRequest):
    held_on: date = Field(description="Dag van de bijeenkomst")
    participants: int = Field(ge=1, le=500, description="Aantal deelnemers")
    found_it_helps: int = Field(ge=0, le=500, description="Deelnemers die vinden dat ontzorgen helpt")
    found_it_does_not: int = Field(ge=0, le=500, description="Deelnemers die vinden dat het niet helpt")


class MeetingResponse(StateResponse, MeetingRequest):
    pass


class MeetingPage(Page[MeetingResponse, UUID]):
    pass


@router.post("/sounding-board-meetings", status_code=201, summary="Leg een klankbordgroep vast", responses=REFUSALS)
async def hold_meeting(body: MeetingRequest, _: Worker, tx: TransactionDep) -> MeetingResponse:
    return MeetingResponse.from_state(await sounding_board.hold_meeting(SoundingBoardMeeting(**dict(body)), tx))


@router.get("/sounding-board-meetings", summary="Toon de klankbordgroepen")
async def list_meetings(query: Annotated[PageQuery, FromQuery()], _: Worker, tx: TransactionDep) -> MeetingPage:
    return MeetingPage.from_states(*await sounding_board.list_meetings(query.cursor, query.limit, tx))
