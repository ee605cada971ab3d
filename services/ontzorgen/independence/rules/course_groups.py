"""Groups in which a course is given: each lesson has its day; a place, a teacher by a random id, and seats.

A group is for people of one learnability (leerbaarheid), or for everyone. A group that is given otherwise is another
group.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from services.ontzorgen.independence.rules.courses import Course, Learnability, find_course
from shared.errors.refusals import ConflictError, Fault, WrongInputError


@dataclass(frozen=True)
class CourseGroup:
    """A group of a course. `given_on` has the day of each lesson, in their order; `learnability` None: for everyone."""

    id: UUID
    course: str
    teacher_id: UUID
    place: str
    seats: int
    given_on: tuple[date, ...]
    learnability: Learnability | None = None

    def is_open_to(self, learnability: Learnability | None) -> bool:
        return self.learnability in (None, learnability)


def check_group(group: CourseGroup, courses: Sequence[Course], others: Iterable[CourseGroup]) -> None:
    """Refuse a course that the policy has not, days that are no days of its lessons, and a teacher who is elsewhere."""
    course = find_course(courses, group.course)
    if course.lessons is not None and len(group.given_on) != course.lessons:
        sentence = f"This course has {course.lessons} lessons: give a day for each of them."
        raise WrongInputError(Fault("given_on", "days_of_lessons", sentence))
    if any(later <= earlier for earlier, later in pairwise(group.given_on)):
        raise WrongInputError(
            Fault("given_on", "days_in_order", "Give the days in the order of the lessons, each once.")
        )
    elsewhere = (other for other in others if other.teacher_id == group.teacher_id and other.place != group.place)
    for other in elsewhere:
        if shared_days := sorted(set(other.given_on) & set(group.given_on)):
            raise ConflictError(
                "teacher_elsewhere",
                f"This teacher teaches at another place on {shared_days[0]}: give another day or teacher.",
            )


def check_place_in_group(group: CourseGroup, course: str, learnability: Learnability | None, taken_seats: int) -> None:
    """Refuse someone for whom the group is not, and more people than it has seats."""
    if group.course != course:
        raise WrongInputError(
            Fault("group_id", "group_of_course", f"This group takes {group.course}: give a group of {course}.")
        )
    if not group.is_open_to(learnability):
        sentence = "This group is for people who learn at another pace: give a group for this learnability."
        raise WrongInputError(Fault("group_id", "learnability_of_group", sentence))
    if taken_seats >= group.seats:
        raise ConflictError(
            "course_group_full", f"All {group.seats} seats of this group are taken: choose another group."
        )
