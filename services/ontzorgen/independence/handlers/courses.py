"""Courses: groups are planned, people of households enrol, attend lessons or miss them, and are followed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.household.handlers.people import find_person
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.person_tasks import complete_tasks_of_person
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import courses
from services.ontzorgen.independence.rules.course_groups import CourseGroup, check_group, check_place_in_group
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson, attend, enrol, find_course
from services.ontzorgen.independence.rules.followed_courses import (
    FollowedEnrolment,
    check_lesson_day,
    find_missed,
    follow_course,
)
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import not_found, require_found


@dataclass(frozen=True)
class Attendance:
    """A group with a page of those in it, how far each is, and the enrolment to continue after."""

    group: CourseGroup
    participants: Sequence[FollowedEnrolment]
    next_cursor: UUID | None


async def plan_group(group: CourseGroup, tx: Transaction) -> CourseGroup:
    """Record a group of a course of the policy. The same twice is recorded once."""
    await courses.lock_groups(tx, str(group.teacher_id))
    if (existing := await courses.find_group(tx, group.id)) is not None:
        return require_same_content(existing, group)
    policy = find_policy(group.given_on[0], tx)
    check_group(group, policy.courses, await courses.list_groups(tx, teacher_id=group.teacher_id))
    require_new_id(is_new=await courses.add_group(tx, group), used_by="group")
    return group


async def list_groups(course: str | None, teacher_id: UUID | None, tx: Transaction) -> list[CourseGroup]:
    """Return the groups, of a course and of a teacher if these are given."""
    values = {"course": course, "teacher_id": teacher_id}
    return await courses.list_groups(tx, **{name: value for name, value in values.items() if value is not None})


async def read_attendance(
    group_id: UUID, on: date | None, after: UUID | None, limit: int, tx: Transaction
) -> Attendance:
    """Return a group with those in it, a page at a time: which lessons they attended and missed by a day."""
    group = require_found(await courses.find_group(tx, group_id), "course group")
    enrolments, next_cursor = await courses.list_participants(tx, group_id, after, limit)
    return Attendance(group, [await _follow(enrolment, on, tx) for enrolment in enrolments], next_cursor)


async def list_enrolments(
    household_id: UUID, person_id: UUID | None, on: date | None, tx: Transaction
) -> list[FollowedEnrolment]:
    """Return the enrolments of a household, or of one person of it, as followed by a day."""
    await read_household(household_id, tx)
    return await follow_courses(household_id, person_id, on, tx)


async def follow_courses(
    household_id: UUID, person_id: UUID | None, on: date | None, tx: Transaction
) -> list[FollowedEnrolment]:
    """Return how far everyone of a household, or one person of it, is with each course by a day."""
    enrolments = await courses.list_enrolments(tx, household_id)
    of_person = (enrolment for enrolment in enrolments if person_id in (None, enrolment.person_id))
    return [await _follow(enrolment, on, tx) for enrolment in of_person]


async def record_enrolment(request: Enrolment, tx: Transaction) -> FollowedEnrolment:
    """Enrol a person of a household in a course of the policy. The same twice is recorded once."""
    household = await get_household(request.household_id, tx)
    request = replace(request, person_id=await find_person(household, request.person_id, request.enrolled_on, tx))
    earlier = await courses.list_enrolments(tx, household.id)
    group = None
    if request.group_id is not None:
        await courses.lock_groups(tx, str(request.group_id))
        group = require_found(await courses.find_group(tx, request.group_id), "course group")
    policy = find_policy(request.enrolled_on, tx)
    days = group.given_on if group else ()
    enrolment, is_new = enrol(earlier, request, policy.courses, household.first_day, days)
    if is_new:
        if group is not None:
            taken_seats = len(await courses.list_enrolments_in_group(tx, group.id))
            check_place_in_group(group, enrolment.course, enrolment.learnability, taken_seats)
        require_new_id(is_new=await courses.add_enrolment(tx, enrolment))
    return await _follow(enrolment, None, tx)


async def record_lesson(household_id: UUID, lesson: Lesson, tx: Transaction) -> FollowedEnrolment:
    """Record a lesson, attended or missed. The last one completes the course; who caught up is no task any more."""
    household = await get_household(household_id, tx)
    enrolment = await courses.lock_enrolment(tx, lesson.enrolment_id)
    if enrolment is None or enrolment.household_id != household_id:
        raise not_found("enrolment")
    lessons = await courses.list_lessons(tx, enrolment.id)
    after, is_new = attend(enrolment, lessons, lesson)
    if is_new:
        check_lesson_day(enrolment, lesson, await courses.list_groups(tx, course=enrolment.course))
        await courses.add_lesson(tx, lesson)
        await courses.save_enrolment(tx, after)
    person_id = enrolment.person_id or household.person_id
    if after.completed_on is not None and enrolment.completed_on is None:
        kinds = [TaskKind.COURSE_NOT_ATTENDED, TaskKind.COURSE_BEHIND]
        await complete_tasks_of_person(household, person_id, kinds, after.completed_on, tx)
    elif lesson.is_attended and not _is_behind(enrolment, [*lessons, lesson], lesson.given_on, tx):
        await complete_tasks_of_person(household, person_id, [TaskKind.COURSE_BEHIND], lesson.given_on, tx)
    return await _follow(after, None, tx)


def _is_behind(enrolment: Enrolment, lessons: Sequence[Lesson], on: date, tx: Transaction) -> bool:
    """Return whether someone is as far behind as the policy says on the day of a lesson."""
    course = find_course(find_policy(enrolment.enrolled_on, tx).courses, enrolment.course)
    threshold = course.behind_after_lessons
    return threshold is not None and len(find_missed(enrolment, lessons, on)) >= threshold


async def _follow(enrolment: Enrolment, on: date | None, tx: Transaction) -> FollowedEnrolment:
    lessons = await courses.list_lessons(tx, enrolment.id)
    groups = [] if enrolment.group_id is None else await courses.list_groups(tx, course=enrolment.course)
    return follow_course(enrolment, lessons, groups, on)
