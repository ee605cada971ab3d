"""The sounding board over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import ActionId, MeetingId, NewItemRequest, PolicyCode, Worker
from services.ontzorgen.independence.handlers import sounding_board
from services.ontzorgen.independence.rules.sounding_board import BoardAction, BoardQuestion, SoundingBoardMeeting
from shared.http.requests import Body, TransactionDep
from shared.http.responses import Page, PageQuery, StateResponse

router = APIRouter(tags=["omgeving"])
Answers = Annotated[int | None, Field(ge=0, le=500)]


class MeetingRequest(NewItemRequest):
    held_on: date = Field(description="Dag van de bijeenkomst")
    participants: int = Field(ge=1, le=500, description="Aantal deelnemers")
    found_it_helps: int = Field(ge=0, le=500, description="Deelnemers die vinden dat ontzorgen helpt")
    found_it_does_not: int = Field(ge=0, le=500, description="Deelnemers die vinden dat het niet helpt")
    feels_relieved: Answers = Field(default=None, description="Deelnemers die zich ontlast voelen")
    feels_not_relieved: Answers = Field(default=None, description="Deelnemers die zich niet ontlast voelen")
    done_well: Answers = Field(default=None, description="Deelnemers die vinden dat de gemeente het goed doet")
    not_done_well: Answers = Field(default=None, description="Deelnemers die vinden dat het beter moet")


class MeetingResponse(StateResponse, MeetingRequest):
    pass


class MeetingPage(Page[MeetingResponse, UUID]):
    pass


class ActionRequest(NewItemRequest):
    question: BoardQuestion = Field(description="Over welke van de drie vragen het gaat")
    action: PolicyCode = Field(description="Code van wat er wordt gedaan", examples=["uitleg-in-eigen-taal"])
    decided_on: date = Field(description="Dag waarop dit is besloten")
    due_on: date = Field(description="Dag waarop het gedaan en teruggekoppeld moet zijn")


class ActionResponse(StateResponse, ActionRequest):
    meeting_id: UUID
    done_on: date | None = Field(description="Dag waarop het is gedaan")
    reported_on: date | None = Field(description="Dag waarop het aan de klankbordgroep is teruggekoppeld")


class ActionList(StateResponse):
    items: list[ActionResponse]


class OutcomeRequest(Body):
    done_on: date = Field(description="Dag waarop het is gedaan")
    reported_on: date | None = Field(default=None, description="Dag waarop het is teruggekoppeld")


class QuestionTotalResponse(StateResponse):
    question: BoardQuestion
    yes: int = Field(description="Antwoorden ja over alle bijeenkomsten")
    no: int = Field(description="Antwoorden nee over alle bijeenkomsten")
    actions: int = Field(description="Wat er naar aanleiding daarvan is besloten")
    actions_done: int = Field(description="Wat daarvan is gedaan")
    actions_reported: int = Field(description="Wat daarvan is teruggekoppeld")


class QuestionTotals(StateResponse):
    items: list[QuestionTotalResponse]


@router.post("/sounding-board-meetings", status_code=201, summary="Leg een klankbordgroep vast")
async def hold_meeting(body: MeetingRequest, _: Worker, tx: TransactionDep) -> MeetingResponse:
    return MeetingResponse.from_state(await sounding_board.hold_meeting(SoundingBoardMeeting(**dict(body)), tx))


@router.get("/sounding-board-meetings", summary="Toon de klankbordgroepen")
async def list_meetings(query: Annotated[PageQuery, FromQuery()], _: Worker, tx: TransactionDep) -> MeetingPage:
    return MeetingPage.from_states(*await sounding_board.list_meetings(query.cursor, query.limit, tx))


@router.get("/sounding-board-questions", summary="Tel de drie vragen op, en wat ermee is gedaan", tags=["cijfers"])
async def sum_board_answers(_: Worker, tx: TransactionDep) -> QuestionTotals:
    totals = await sounding_board.sum_answers(tx)
    return QuestionTotals(items=[QuestionTotalResponse.from_state(total) for total in totals])


@router.post(
    "/sounding-board-meetings/{meeting_id}/actions",
    status_code=201,
    summary="Leg vast wat er met een antwoord wordt gedaan",
)
async def record_board_action(
    meeting_id: MeetingId, body: ActionRequest, _: Worker, tx: TransactionDep
) -> ActionResponse:
    action = BoardAction(meeting_id=meeting_id, **dict(body))
    return ActionResponse.from_state(await sounding_board.record_action(action, tx))


@router.get(
    "/sounding-board-meetings/{meeting_id}/actions",
    summary="Toon wat er met de antwoorden is gedaan",
)
async def list_board_actions(meeting_id: MeetingId, _: Worker, tx: TransactionDep) -> ActionList:
    actions = await sounding_board.list_actions(meeting_id, tx)
    return ActionList(items=[ActionResponse.from_state(action) for action in actions])


@router.post(
    "/sounding-board-actions/{action_id}/outcomes",
    status_code=201,
    summary="Leg vast dat het is gedaan en teruggekoppeld",
)
async def record_board_outcome(
    action_id: ActionId, body: OutcomeRequest, _: Worker, tx: TransactionDep
) -> ActionResponse:
    return ActionResponse.from_state(await sounding_board.record_outcome(action_id, body.done_on, body.reported_on, tx))
