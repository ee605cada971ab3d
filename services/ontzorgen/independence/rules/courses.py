"""Courses about money and who takes them. A course is completed when each of its lessons was attended, on any try.

Whoever enrols is one person of a household. Each lesson has a planned day: the group's, or, for a course that is
followed lesson by lesson without a group, spread evenly until the course is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared.calendar import add_months
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content

_DAYS_IN_WEEK = 7


class Learnability(StrEnum):
    """Whether someone is expected to reach B1 within the term (leerbaarheidstoets)."""

    EXPECTS_B1 = "expects_b1"
    BELOW_B1 = "below_b1"


@dataclass(frozen=True)
class Course:
    """A course as a municipality's policy has it; `due_months` counts from the first day of relief.

    `lessons` None: the policy leaves the number to who enrols. With `behind_after_lessons` it is followed lesson by
    lesson, and someone that many lessons behind is a task.
    """

    code: str
    lessons: int | None
    due_months: int
    is_obligatory: bool = False
    behind_after_lessons: int | None = None


@dataclass(frozen=True)
class Enrolment:
    """A person's place in a course. Lessons, their days and the due day are as they were at enrolment.

    `person_id` None, before it is recorded: the household's own person. `learnability` and `group_id` are for courses
    that are given in groups; `planned_on` has the day of each lesson, or nothing where none is planned.
    """

    id: UUID
    household_id: UUID
    course: str
    enrolled_on: date
    lessons: int = 0
    due_on: date = date.max
    is_obligatory: bool = False
    completed_on: date | None = None
    person_id: UUID | None = None
    group_id: UUID | None = None
    learnability: Learnability | None = None
    planned_on: tuple[date, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """One lesson given; attended or missed."""

    enrolment_id: UUID
    lesson_no: int
    given_on: date
    is_attended: bool


def find_course(courses: Sequence[Course], code: str) -> Course:
    """Return the course of the policy with a code; WrongInputError if it has none."""
    course = next((course for course in courses if course.code == code), None)
    if course is None:
        codes = ", ".join(course.code for course in courses) or "none yet"
        raise WrongInputError(Fault("course", "unknown_course", f"The policy has these courses: {codes}. Give one."))
    return course


def enrol(
    enrolments: Sequence[Enrolment],
    request: Enrolment,
    courses: Sequence[Course],
    first_day: date,
    group_days: tuple[date, ...] = (),
) -> tuple[Enrolment, bool]:
    """Return the enrolment as the policy has the course, and whether it is new. `group_days` are those of its group."""
    for enrolment in enrolments:
        if enrolment.id == request.id:
            return require_same_content(enrolment, request), False
    course = find_course(courses, request.course)
    for enrolment in enrolments:
        is_same = (enrolment.person_id, enrolment.course) == (request.person_id, request.course)
        if is_same and enrolment.completed_on is None:
            raise ConflictError("already_enrolled", "This person takes this course already: record the lessons there.")
    lessons = course.lessons or len(group_days) or request.lessons
    if not lessons:
        sentence = "The policy does not say how many lessons this course has: give their number."
        raise WrongInputError(Fault("lessons", "number_of_lessons", sentence))
    due_on = add_months(first_day, course.due_months)
    planned_on = group_days
    if not group_days and course.behind_after_lessons is not None:
        planned_on = _spread_lessons(request.enrolled_on, due_on, lessons)
    enrolment = replace(
        request, lessons=lessons, due_on=due_on, is_obligatory=course.is_obligatory, planned_on=planned_on
    )
    return enrolment, True


def _spread_lessons(enrolled_on: date, due_on: date, lessons: int) -> tuple[date, ...]:
    """Return a day for each lesson, evenly until the course is due; one a week for who enrols too late for that."""
    days = max((due_on - enrolled_on).days, _DAYS_IN_WEEK * lessons)
    return tuple(enrolled_on + timedelta(days=days * lesson // lessons) for lesson in range(1, lessons + 1))


def attend(enrolment: Enrolment, lessons: Sequence[Lesson], lesson: Lesson) -> tuple[Enrolment, bool]:
    """Return the enrolment after a lesson, and whether the lesson is new.

    The course is completed on the day of the last lesson attended.
    """
    if not 1 <= lesson.lesson_no <= enrolment.lessons:
        sentence = f"This course has {enrolment.lessons} lessons: give a number from 1 to that."
        raise WrongInputError(Fault("lesson_no", "no_such_lesson", sentence))
    for earlier in lessons:
        if (earlier.lesson_no, earlier.given_on) == (lesson.lesson_no, lesson.given_on):
            if earlier.is_attended != lesson.is_attended:
                raise ConflictError(
                    "attendance_recorded_otherwise",
                    "Attendance at this lesson was recorded otherwise: check the attendance list of that day.",
                )
            return enrolment, False
    if lesson.given_on < enrolment.enrolled_on:
        sentence = f"This person enrolled on {enrolment.enrolled_on}: give that day or a later one."
        raise WrongInputError(Fault("given_on", "before_enrolment", sentence))
    attended = [lesson for lesson in (*lessons, lesson) if lesson.is_attended]
    if enrolment.completed_on is None and len({lesson.lesson_no for lesson in attended}) == enrolment.lessons:
        return replace(enrolment, completed_on=max(lesson.given_on for lesson in attended)), True
    return enrolment, True
