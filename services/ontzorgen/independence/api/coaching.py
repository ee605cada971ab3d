"""Coaching, courses and providers of guidance over HTTP. Descriptions are Dutch."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.independence.api.independence import REFUSALS, NewBody, Worker
from services.ontzorgen.independence.handlers import coaching as handlers
from services.ontzorgen.independence.repository import independence as repository
from services.ontzorgen.independence.rules.coaching import (
    Appointment,
    Coaching,
    Enrolment,
    Guidance,
    Ladder,
    Lesson,
    Session,
)
from services.ontzorgen.independence.rules.independence import HandOver
from shared.http.requests import Body, DatabaseDep, Query
from shared.http.responses import Answer
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])
Minutes = Annotated[int, Field(ge=0, le=600, description="Duur in minuten")]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]


class StartBody(Body):
    started_on: date = Field(description="Eerste dag van de coaching")


class CoachingAnswer(Answer, StartBody):
    last_day: date = Field(description="Laatste dag volgens het beleid")
    handed_on: date | None = Field(description="Dag van de overdracht")
    handed_to: HandOver | None = Field(description="Aan wie is overgedragen")


class AppointmentBody(NewBody):
    planned_on: date = Field(description="Dag van de afspraak")
    minutes: int = Field(ge=1, le=600, description="Duur in minuten")


class AppointmentAnswer(Answer, AppointmentBody):
    pass


class SessionBody(NewBody):
    held_on: date = Field(description="Dag van het gesprek")
    minutes: Minutes
    ladder: Ladder | None = Field(default=None, description="Samen gedaan, zelf gedaan of losgelaten")
    appointment_id: UUID | None = Field(default=None, description="De afspraak waar het bij hoort")


class SessionAnswer(Answer, SessionBody):
    pass


class HandOverBody(Body):
    handed_on: date = Field(description="Dag van de overdracht")
    handed_to: HandOver = Field(description="Wie het overneemt")


class CoachingMonthAnswer(Answer):
    month: str = Field(description="Maand, als 2026-07")
    allotted_minutes: int | None = Field(description="Minuten die het beleid toekent; leeg als het geen grens stelt")
    planned_minutes: int = Field(description="Minuten die zijn afgesproken")
    held_minutes: int = Field(description="Minuten die zijn besteed")
    left_minutes: int | None = Field(description="Minuten die over zijn")


class CoachingFileAnswer(Answer):
    coaching: CoachingAnswer | None
    month: CoachingMonthAnswer
    sessions: list[SessionAnswer]


class EnrolmentBody(NewBody):
    course: Code = Field(description="Code van de cursus", examples=["eurowijzer"])
    enrolled_on: date = Field(description="Dag van aanmelding")
    lessons: int | None = Field(default=None, ge=1, le=60, description="Aantal lessen, als het beleid dat openlaat")


class EnrolmentAnswer(Answer, EnrolmentBody):
    due_on: date = Field(description="Dag waarop de cursus af moet zijn")
    is_obligatory: bool = Field(description="Of de cursus verplicht is")
    completed_on: date | None = Field(description="Dag waarop alle lessen zijn gevolgd")


class EnrolmentList(Answer):
    items: list[EnrolmentAnswer]


class LessonBody(Body):
    lesson_no: int = Field(ge=1, le=200, description="Nummer van de les")
    given_on: date = Field(description="Dag van de les")
    is_attended: bool = Field(description="Of de les is gevolgd")


class ProviderBody(Body):
    provider: Code = Field(description="Code van de aanbieder", examples=["piezo"])
    from_day: date = Field(description="Eerste dag van de begeleiding")


class ProviderAnswer(Answer, ProviderBody):
    pass


class ProviderFiguresAnswer(Answer):
    provider: Code = Field(description="Code van de aanbieder")
    households: int | None = Field(description="Aantal huishoudens; leeg als het er minder dan vijf zijn")
    measured_better: int | None = Field(description="Huishoudens die vooruitgingen; leeg als te klein")
    measured_same: int | None = Field(description="Huishoudens die gelijk bleven; leeg als te klein")
    measured_worse: int | None = Field(description="Huishoudens die achteruitgingen; leeg als te klein")
    lessons_given: int | None = Field(description="Lessen die zijn gegeven")
    lessons_attended: int | None = Field(description="Lessen die zijn gevolgd")


class ProviderFiguresList(Answer):
    items: list[ProviderFiguresAnswer]


class MonthQuery(Query):
    month: str = Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="Maand, als 2026-07")


@router.post(
    "/households/{household_id}/coaching", status_code=201, summary="Begin met budgetcoaching", responses=REFUSALS
)
async def start_coaching(
    household_id: HouseholdId, body: StartBody, caller: Worker, database: DatabaseDep
) -> CoachingAnswer:
    async with database.transaction(caller.municipality) as tx:
        return CoachingAnswer.of(await handlers.start_coaching(household_id, body.started_on, tx))


@router.get("/households/{household_id}/coaching", summary="Lees de coaching van een maand")
async def read_coaching(
    household_id: HouseholdId, query: Annotated[MonthQuery, FromQuery()], caller: Worker, database: DatabaseDep
) -> CoachingFileAnswer:
    async with database.transaction(caller.municipality) as tx:
        await read_household(household_id, caller, tx)
        coaching = await repository.find(tx, Coaching, household_id)
        return CoachingFileAnswer(
            coaching=CoachingAnswer.of(coaching) if coaching else None,
            month=CoachingMonthAnswer.of(await handlers.month_of_coaching(household_id, query.month, tx)),
            sessions=[SessionAnswer.of(one) for one in await repository.known(tx, Session, household_id=household_id)],
        )


@router.post(
    "/households/{household_id}/coaching-appointments",
    status_code=201,
    summary="Plan een gesprek met de coach",
    responses=REFUSALS,
)
async def plan_appointment(
    household_id: HouseholdId, body: AppointmentBody, caller: Worker, database: DatabaseDep
) -> AppointmentAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Appointment(household_id=household_id, **dict(body))
        return AppointmentAnswer.of(await handlers.plan_appointment(asked, tx))


@router.post(
    "/households/{household_id}/coaching-sessions",
    status_code=201,
    summary="Leg een gesprek met de coach vast",
    responses=REFUSALS,
)
async def hold_session(
    household_id: HouseholdId, body: SessionBody, caller: Worker, database: DatabaseDep
) -> SessionAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Session(household_id=household_id, **dict(body))
        return SessionAnswer.of(await handlers.hold_session(asked, tx))


@router.post(
    "/households/{household_id}/coaching-hand-overs",
    status_code=201,
    summary="Draag de coaching over",
    responses=REFUSALS,
)
async def hand_on(
    household_id: HouseholdId, body: HandOverBody, caller: Worker, database: DatabaseDep
) -> CoachingAnswer:
    async with database.transaction(caller.municipality) as tx:
        return CoachingAnswer.of(await handlers.hand_on(household_id, body.handed_on, body.handed_to, tx))


@router.get("/households/{household_id}/enrolments", summary="Toon de cursussen")
async def list_enrolments(household_id: HouseholdId, caller: Worker, database: DatabaseDep) -> EnrolmentList:
    async with database.transaction(caller.municipality) as tx:
        await read_household(household_id, caller, tx)
        found = await repository.known(tx, Enrolment, household_id=household_id)
        return EnrolmentList(items=[EnrolmentAnswer.of(one) for one in found])


@router.post(
    "/households/{household_id}/enrolments", status_code=201, summary="Meld aan voor een cursus", responses=REFUSALS
)
async def enrol(
    household_id: HouseholdId, body: EnrolmentBody, caller: Worker, database: DatabaseDep
) -> EnrolmentAnswer:
    async with database.transaction(caller.municipality) as tx:
        asked = Enrolment(household_id=household_id, **dict(body) | {"lessons": body.lessons or 0})
        return EnrolmentAnswer.of(await handlers.enrol(asked, tx))


@router.post(
    "/households/{household_id}/enrolments/{enrolment_id}/lessons",
    status_code=201,
    summary="Leg aanwezigheid bij een les vast",
    responses=REFUSALS,
)
async def attend(
    household_id: HouseholdId, enrolment_id: UUID, body: LessonBody, caller: Worker, database: DatabaseDep
) -> EnrolmentAnswer:
    async with database.transaction(caller.municipality) as tx:
        lesson = Lesson(enrolment_id=enrolment_id, **dict(body))
        return EnrolmentAnswer.of(await handlers.attend(household_id, lesson, tx))


@router.post(
    "/households/{household_id}/guidance-providers",
    status_code=201,
    summary="Leg vast wie het huishouden begeleidt",
    responses=REFUSALS,
)
async def guide(household_id: HouseholdId, body: ProviderBody, caller: Worker, database: DatabaseDep) -> ProviderAnswer:
    async with database.transaction(caller.municipality) as tx:
        return ProviderAnswer.of(await handlers.guide(Guidance(household_id=household_id, **dict(body)), tx))


@router.get("/guidance-providers", summary="Vergelijk de aanbieders van begeleiding", tags=["cijfers"])
async def compare_providers(caller: Worker, database: DatabaseDep) -> ProviderFiguresList:
    async with database.transaction(caller.municipality) as tx:
        found = await handlers.compare_providers(tx)
        return ProviderFiguresList(items=[ProviderFiguresAnswer.of(one) for one in found])
