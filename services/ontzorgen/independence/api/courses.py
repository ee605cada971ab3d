"""Courses over HTTP. Descriptions are Dutch."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ontzorgen.fields import REFUSALS, NewItemRequest, PolicyCode, Worker
from services.ontzorgen.independence.handlers import courses
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])


class EnrolmentRequest(NewItemRequest):
    course: PolicyCode = Field(description="Code van de cursus", examples=["eurowijzer"])
    enrolled_on: date = Field(description="Dag van aanmelding")
    lessons: int | None = Field(default=None, ge=1, le=60, description="Aantal lessen, als het beleid dat openlaat")


class EnrolmentResponse(StateResponse, EnrolmentRequest):
    due_on: date = Field(description="Dag waarop de cursus af moet zijn")
    is_obligatory: bool = Field(description="Of de cursus verplicht is")
    completed_on: date | None = Field(description="Dag waarop alle lessen zijn gevolgd")


class EnrolmentList(StateResponse):
    items: list[EnrolmentResponse]


class LessonRequest(Body):
    lesson_no: int = Field(ge=1, le=200, description="Nummer van de les")
    given_on: date = Field(description="Dag van de les")
    is_attended: bool = Field(description="Of de les is gevolgd")


@router.get("/households/{household_id}/enrolments", summary="Toon de cursussen")
async def list_enrolments(household_id: HouseholdId, caller: Worker, tx: TransactionDep) -> EnrolmentList:
    enrolments = await courses.list_enrolments(household_id, caller, tx)
    return EnrolmentList(items=[EnrolmentResponse.from_state(enrolment) for enrolment in enrolments])


@router.post(
    "/households/{household_id}/enrolments", status_code=201, summary="Meld aan voor een cursus", responses=REFUSALS
)
async def enrol(household_id: HouseholdId, body: EnrolmentRequest, _: Worker, tx: TransactionDep) -> EnrolmentResponse:
    request = Enrolment(household_id=household_id, **dict(body) | {"lessons": body.lessons or 0})
    return EnrolmentResponse.from_state(await courses.record_enrolment(request, tx))


@router.post(
    "/households/{household_id}/enrolments/{enrolment_id}/lessons",
    status_code=201,
    summary="Leg aanwezigheid bij een les vast",
    responses=REFUSALS,
)
async def attend(
    household_id: HouseholdId, enrolment_id: UUID, body: LessonRequest, _: Worker, tx: TransactionDep
) -> EnrolmentResponse:
    lesson = Lesson(enrolment_id=enrolment_id, **dict(body))
    return EnrolmentResponse.from_state(await courses.record_lesson(household_id, lesson, tx))
