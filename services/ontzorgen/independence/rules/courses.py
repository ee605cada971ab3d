"""Courses about money and who takes them. A course is completed when each of its lessons was attended, on any try."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.calendar import add_months
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content


@dataclass(frozen=True)
class Course:
    """A course as a municipality's policy has it; `due_months` counts from the first day of relief.

    `lessons` None: the policy leaves the number to who enrols.
    """

    code: str
    lessons: int | None
    due_months: int
    is_obligatory: bool = False


@dataclass(frozen=True)
class Enrolment:
    """A household's place in a course. Lessons and due day are as the policy had them at enrolment."""

    id: UUID
    household_id: UUID
    course: str
    enrolled_on: date
    lessons: int = 0
    due_on: date = date.max
    is_obligatory: bool = False
    completed_on: date | None = None


@dataclass(frozen=True)
class Lesson:
    """One lesson given; attended or missed."""

    enrolment_id: UUID
    lesson_no: int
    given_on: date
    is_attended: bool


def enrol(
    enrolments: Sequence[Enrolment], request: Enrolment, courses: Sequence[Course], first_day: date
) -> tuple[Enrolment, bool]:
    """Return the enrolment as the policy has the course, and whether it is new."""
    for enrolment in enrolments:
        if enrolment.id == request.id:
            return require_same_content(enrolment, request), False
    course = next((course for course in courses if course.code == request.course), None)
    if course is None:
        codes = ", ".join(course.code for course in courses) or "none yet"
        raise WrongInputError(Fault("course", "unknown_course", f"The policy has these courses: {codes}. Give one."))
    if any(enrolment.course == request.course and enrolment.completed_on is None for enrolment in enrolments):
        raise ConflictError("The household takes this course already: record its lessons there.")
    lessons = course.lessons or request.lessons
    if not lessons:
        sentence = "The policy does not say how many lessons this course has: give their number."
        raise WrongInputError(Fault("lessons", "number_of_lessons", sentence))
    due_on = add_months(first_day, course.due_months)
    return replace(request, lessons=lessons, due_on=due_on, is_obligatory=course.is_obligatory), True


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
                    "Attendance at this lesson was recorded otherwise: check the attendance list of that day."
                )
            return enrolment, False
    if lesson.given_on < enrolment.enrolled_on:
        sentence = f"The household enrolled on {enrolment.enrolled_on}: give that day or a later one."
        raise WrongInputError(Fault("given_on", "before_enrolment", sentence))
    attended = [lesson for lesson in (*lessons, lesson) if lesson.is_attended]
    if enrolment.completed_on is None and len({lesson.lesson_no for lesson in attended}) == enrolment.lessons:
        return replace(enrolment, completed_on=max(lesson.given_on for lesson in attended)), True
    return enrolment, True
