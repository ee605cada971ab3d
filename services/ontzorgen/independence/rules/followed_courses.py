"""A course followed lesson by lesson: which lesson comes next and where, which were missed, and who is behind.

A lesson is missed when it was recorded so, or when its day is a week ago and nobody recorded anything. What was missed
is made up in any group that gives the lesson later to people of the same learnability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.ontzorgen.independence.rules.course_groups import CourseGroup
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson
from shared.errors.refusals import Fault, WrongInputError

RECORDED_WITHIN_DAYS = 7


@dataclass(frozen=True)
class NextLesson:
    """The lesson to attend next. Without a day, no group gives it any more: someone must plan it."""

    lesson_no: int
    given_on: date | None = None
    group_id: UUID | None = None
    place: str | None = None
    teacher_id: UUID | None = None
    is_made_up: bool = False


@dataclass(frozen=True)
class FollowedEnrolment:
    """An enrolment with how far someone is on a day."""

    enrolment: Enrolment
    attended: tuple[int, ...]
    missed: tuple[int, ...]
    next_lesson: NextLesson | None


def follow_course(
    enrolment: Enrolment, lessons: Sequence[Lesson], groups: Sequence[CourseGroup], on: date | None = None
) -> FollowedEnrolment:
    """Return how far someone is on a day; None: on the day after the lesson that was recorded last."""
    attended = {lesson.lesson_no for lesson in lessons if lesson.is_attended}
    if on is None:
        on = max((lesson.given_on + timedelta(days=1) for lesson in lessons), default=enrolment.enrolled_on)
    missed = find_missed(enrolment, lessons, on)
    to_do = [number for number in range(1, enrolment.lessons + 1) if number not in attended]
    return FollowedEnrolment(
        enrolment, tuple(sorted(attended)), missed, _find_next(enrolment, to_do, missed, groups, on)
    )


def find_missed(enrolment: Enrolment, lessons: Sequence[Lesson], on: date) -> tuple[int, ...]:
    """Return the lessons that were missed by a day and not made up since."""
    attended = {lesson.lesson_no for lesson in lessons if lesson.is_attended}
    recorded = {lesson.lesson_no for lesson in lessons if not lesson.is_attended and lesson.given_on < on}
    last_day = on - timedelta(days=RECORDED_WITHIN_DAYS)
    unrecorded = {number for number, day in enumerate(enrolment.planned_on, 1) if day < last_day}
    return tuple(sorted((recorded | unrecorded) - attended))


def check_lesson_day(enrolment: Enrolment, lesson: Lesson, groups: Sequence[CourseGroup]) -> None:
    """Refuse attendance on a day on which no group gives the lesson; without a group any day will do."""
    if enrolment.group_id is None:
        return
    days = sorted(
        group.given_on[lesson.lesson_no - 1]
        for group in groups
        if lesson.lesson_no <= len(group.given_on)
        and (group.id == enrolment.group_id or (lesson.is_attended and group.is_open_to(enrolment.learnability)))
    )
    if lesson.given_on not in days:
        listed = ", ".join(map(str, days)) or "no day"
        sentence = f"Lesson {lesson.lesson_no} of this course is given on {listed}: give one of these days."
        raise WrongInputError(Fault("given_on", "no_lesson_on_this_day", sentence))


def _find_next(
    enrolment: Enrolment, to_do: Sequence[int], missed: Sequence[int], groups: Sequence[CourseGroup], on: date
) -> NextLesson | None:
    """Return the earliest lesson that a group gives, of those still to do; without a group, the first of them."""
    if not to_do:
        return None
    first = to_do[0]
    day = enrolment.planned_on[first - 1] if first <= len(enrolment.planned_on) else None
    unplaced = NextLesson(first, day if day and day >= on else None, is_made_up=first in missed)
    if enrolment.group_id is None:
        return unplaced
    dated = (
        NextLesson(number, group.given_on[number - 1], group.id, group.place, group.teacher_id, number in missed)
        for group in groups
        for number in to_do
        if number <= len(group.given_on)
        and group.given_on[number - 1] >= on
        and (group.id == enrolment.group_id or (number in missed and group.is_open_to(enrolment.learnability)))
    )
    return min(dated, key=lambda lesson: (lesson.given_on or date.max, lesson.lesson_no), default=unplaced)
