"""Budget coaching over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import NewItemRequest, OfPerson, PersonQuery, Worker
from services.ontzorgen.independence.api.coaches import CoachTermResponse
from services.ontzorgen.independence.handlers import coaching
from services.ontzorgen.independence.rules.coaching import Appointment, HandOver, Ladder, Session
from shared.http.requests import Body, TransactionDep
from shared.http.responses import StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])


class CoachingRequest(Body):
    started_on: date = Field(description="Eerste dag van de coaching")
    person_id: OfPerson = None
    coach_id: UUID | None = Field(default=None, description="De coach, met een willekeurig kenmerk")


class CoachingResponse(StateResponse, CoachingRequest):
    last_day: date = Field(description="Laatste dag volgens het beleid")
    handed_on: date | None = Field(description="Dag van de overdracht")
    handed_to: HandOver | None = Field(description="Aan wie is overgedragen")


class CoachChangeRequest(Body):
    coach_id: UUID = Field(description="De coach, met een willekeurig kenmerk")
    from_day: date = Field(description="Vanaf welke dag")
    person_id: OfPerson = None


class AppointmentRequest(NewItemRequest):
    planned_on: date = Field(description="Dag van de afspraak")
    minutes: int = Field(ge=1, le=600, description="Duur in minuten")
    person_id: OfPerson = None


class AppointmentResponse(StateResponse, AppointmentRequest):
    pass


class SessionRequest(NewItemRequest):
    held_on: date = Field(description="Dag van het gesprek")
    minutes: int = Field(ge=0, le=600, description="Duur in minuten")
    ladder: Ladder | None = Field(default=None, description="Samen gedaan, zelf gedaan of losgelaten")
    appointment_id: UUID | None = Field(default=None, description="De afspraak waar het bij hoort")
    person_id: OfPerson = None


class SessionResponse(StateResponse, SessionRequest):
    pass


class HandOverRequest(Body):
    handed_on: date = Field(description="Dag van de overdracht")
    handed_to: HandOver = Field(description="Wie het overneemt")
    person_id: OfPerson = None


class CoachingMonthResponse(StateResponse):
    month: str = Field(description="Maand, als 2026-07")
    allotted_minutes: int | None = Field(description="Minuten die het beleid toekent; leeg als het geen grens stelt")
    planned_minutes: int = Field(description="Minuten die zijn afgesproken")
    held_minutes: int = Field(description="Minuten die zijn besteed")
    left_minutes: int | None = Field(description="Minuten die over zijn")


class CoachingFileResponse(StateResponse):
    coaching: CoachingResponse | None
    month: CoachingMonthResponse
    sessions: list[SessionResponse]
    coaches: list[CoachTermResponse] = Field(description="Wie van wanneer tot wanneer de coach was")


class MonthQuery(PersonQuery):
    month: str = Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07")


@router.post("/households/{household_id}/coaching", status_code=201, summary="Begin met budgetcoaching")
async def start_coaching(
    household_id: HouseholdId, body: CoachingRequest, _: Worker, tx: TransactionDep
) -> CoachingResponse:
    started = await coaching.start_coaching(household_id, body.person_id, body.started_on, body.coach_id, tx)
    return CoachingResponse.from_state(started)


@router.post("/households/{household_id}/coach-changes", status_code=201, summary="Wijs een coach toe")
async def change_coach(
    household_id: HouseholdId, body: CoachChangeRequest, _: Worker, tx: TransactionDep
) -> CoachingResponse:
    changed = await coaching.change_coach(household_id, body.person_id, body.coach_id, body.from_day, tx)
    return CoachingResponse.from_state(changed)


@router.get("/households/{household_id}/coaching", summary="Lees de coaching van een maand")
async def read_coaching(
    household_id: HouseholdId, query: Annotated[MonthQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> CoachingFileResponse:
    coaching_file = await coaching.read_coaching(household_id, query.person_id, query.month, tx)
    return CoachingFileResponse.from_state(coaching_file)


@router.post(
    "/households/{household_id}/coaching-appointments",
    status_code=201,
    summary="Plan een gesprek met de coach",
)
async def plan_appointment(
    household_id: HouseholdId, body: AppointmentRequest, _: Worker, tx: TransactionDep
) -> AppointmentResponse:
    appointment = Appointment(household_id=household_id, **dict(body))
    return AppointmentResponse.from_state(await coaching.plan_appointment(appointment, tx))


@router.post(
    "/households/{household_id}/coaching-sessions",
    status_code=201,
    summary="Leg een gesprek met de coach vast",
)
async def hold_session(
    household_id: HouseholdId, body: SessionRequest, _: Worker, tx: TransactionDep
) -> SessionResponse:
    session = Session(household_id=household_id, **dict(body))
    return SessionResponse.from_state(await coaching.hold_session(session, tx))


@router.post(
    "/households/{household_id}/coaching-hand-overs",
    status_code=201,
    summary="Draag de coaching over",
)
async def hand_on_coaching(
    household_id: HouseholdId, body: HandOverRequest, _: Worker, tx: TransactionDep
) -> CoachingResponse:
    ended = await coaching.hand_on(household_id, body.person_id, body.handed_on, body.handed_to, tx)
    return CoachingResponse.from_state(ended)
