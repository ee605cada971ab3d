"""Courses over HTTP: groups, enrolments, lessons. Descriptions are Dutch."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from fastapi import Query as FromQuery
from pydantic import Field

from services.ontzorgen.fields import EnrolmentId, GroupId, NewItemRequest, OfPerson, PersonQuery, PolicyCode, Worker
from services.ontzorgen.independence.handlers import courses
from services.ontzorgen.independence.rules.course_groups import CourseGroup
from services.ontzorgen.independence.rules.courses import Enrolment, Learnability, Lesson
from services.ontzorgen.independence.rules.followed_courses import FollowedEnrolment
from shared.http.requests import Body, Query, TransactionDep
from shared.http.responses import PageQuery, StateResponse
from shared.identity import HouseholdId

router = APIRouter(tags=["begeleiding"])
Day = Annotated[date | None, Field(description="Tot welke dag er is gekeken; leeg: tot de laatst vastgelegde les")]


class GroupRequest(NewItemRequest):
    course: PolicyCode = Field(description="Code van de cursus", examples=["geldwijzer"])
    teacher_id: UUID = Field(description="De docent, met een willekeurig kenmerk")
    place: PolicyCode = Field(description="Code van de plek", examples=["bibliotheek-west"])
    seats: int = Field(ge=1, le=100, description="Aantal plaatsen")
    given_on: tuple[date, ...] = Field(min_length=1, max_length=60, description="Dag van elke les, in volgorde")
    learnability: Learnability | None = Field(default=None, description="Voor welke leerbaarheid; leeg: voor ieder")


class GroupResponse(StateResponse, GroupRequest):
    pass


class GroupList(StateResponse):
    items: list[GroupResponse]


class GroupQuery(Query):
    course: PolicyCode | None = Field(default=None, description="Alleen van deze cursus")
    teacher_id: UUID | None = Field(default=None, description="Alleen van deze docent")


class EnrolmentRequest(NewItemRequest):
    course: PolicyCode = Field(description="Code van de cursus", examples=["eurowijzer"])
    enrolled_on: date = Field(description="Dag van aanmelding")
    lessons: int | None = Field(default=None, ge=1, le=60, description="Aantal lessen, als het beleid dat openlaat")
    person_id: OfPerson = None
    group_id: UUID | None = Field(default=None, description="De groep waarin de cursus wordt gevolgd")
    learnability: Learnability | None = Field(default=None, description="Leerbaarheid, voor de keuze van de groep")


class NextLessonResponse(StateResponse):
    lesson_no: int = Field(description="Nummer van de les")
    given_on: date | None = Field(description="Dag van de les; leeg als geen groep die nog geeft")
    group_id: UUID | None = Field(description="De groep die de les geeft")
    place: str | None = Field(description="Code van de plek")
    teacher_id: UUID | None = Field(description="De docent")
    is_made_up: bool = Field(description="Of hiermee een gemiste les wordt ingehaald")


class EnrolmentResponse(StateResponse, EnrolmentRequest):
    due_on: date = Field(description="Dag waarop de cursus af moet zijn")
    is_obligatory: bool = Field(description="Of de cursus verplicht is")
    completed_on: date | None = Field(description="Dag waarop alle lessen zijn gevolgd")
    planned_on: list[date] = Field(description="Dag van elke les, als die is gepland")
    lessons_attended: list[int] = Field(description="Gevolgde lessen")
    lessons_missed: list[int] = Field(description="Gemiste lessen die nog moeten worden ingehaald")
    next_lesson: NextLessonResponse | None = Field(description="De les die nu volgt")

    @classmethod
    def from_followed(cls, followed: FollowedEnrolment) -> Self:
        """Return the response that shows an enrolment and how far someone is."""
        next_lesson = followed.next_lesson
        return cls(
            **{
                name: getattr(followed.enrolment, name)
                for name in cls.model_fields
                if hasattr(followed.enrolment, name)
            },
            lessons_attended=list(followed.attended),
            lessons_missed=list(followed.missed),
            next_lesson=None if next_lesson is None else NextLessonResponse.from_state(next_lesson),
        )


class EnrolmentList(StateResponse):
    items: list[EnrolmentResponse]


class ParticipantResponse(EnrolmentResponse):
    household_id: HouseholdId


class AttendanceResponse(StateResponse):
    group: GroupResponse
    participants: list[ParticipantResponse] = Field(description="Wie meedoen, en hoe ver zij zijn")
    next_cursor: UUID | None = Field(description="Geef dit als cursor voor het vervolg")


class AttendanceQuery(PageQuery):
    on: Day = None


class EnrolmentQuery(PersonQuery):
    on: Day = None


class LessonRequest(Body):
    lesson_no: int = Field(ge=1, le=200, description="Nummer van de les")
    given_on: date = Field(description="Dag van de les")
    is_attended: bool = Field(description="Of de les is gevolgd")


@router.post("/course-groups", status_code=201, summary="Plan een groep van een cursus")
async def plan_course_group(body: GroupRequest, _: Worker, tx: TransactionDep) -> GroupResponse:
    return GroupResponse.from_state(await courses.plan_group(CourseGroup(**dict(body)), tx))


@router.get("/course-groups", summary="Toon de groepen")
async def list_course_groups(query: Annotated[GroupQuery, FromQuery()], _: Worker, tx: TransactionDep) -> GroupList:
    groups = await courses.list_groups(query.course, query.teacher_id, tx)
    return GroupList(items=[GroupResponse.from_state(group) for group in groups])


@router.get("/course-groups/{group_id}/attendance", summary="Toon de presentielijst van een groep")
async def read_attendance(
    group_id: GroupId, query: Annotated[AttendanceQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> AttendanceResponse:
    attendance = await courses.read_attendance(group_id, query.on, query.cursor, query.limit, tx)
    participants = [ParticipantResponse.from_followed(participant) for participant in attendance.participants]
    group, next_cursor = GroupResponse.from_state(attendance.group), attendance.next_cursor
    return AttendanceResponse(group=group, participants=participants, next_cursor=next_cursor)


@router.get("/households/{household_id}/enrolments", summary="Toon de cursussen")
async def list_enrolments(
    household_id: HouseholdId, query: Annotated[EnrolmentQuery, FromQuery()], _: Worker, tx: TransactionDep
) -> EnrolmentList:
    enrolments = await courses.list_enrolments(household_id, query.person_id, query.on, tx)
    return EnrolmentList(items=[EnrolmentResponse.from_followed(enrolment) for enrolment in enrolments])


@router.post("/households/{household_id}/enrolments", status_code=201, summary="Meld aan voor een cursus")
async def enrol_person(
    household_id: HouseholdId, body: EnrolmentRequest, _: Worker, tx: TransactionDep
) -> EnrolmentResponse:
    request = Enrolment(household_id=household_id, **dict(body) | {"lessons": body.lessons or 0})
    return EnrolmentResponse.from_followed(await courses.record_enrolment(request, tx))


@router.post(
    "/households/{household_id}/enrolments/{enrolment_id}/lessons",
    status_code=201,
    summary="Leg aanwezigheid bij een les vast",
)
async def record_attendance(
    household_id: HouseholdId, enrolment_id: EnrolmentId, body: LessonRequest, _: Worker, tx: TransactionDep
) -> EnrolmentResponse:
    lesson = Lesson(enrolment_id=enrolment_id, **dict(body))
    return EnrolmentResponse.from_followed(await courses.record_lesson(household_id, lesson, tx))
