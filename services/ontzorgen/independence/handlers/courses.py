"""Courses: households enrol, and attend lessons or miss them."""

from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import courses
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson, attend, enrol
from services.ontzorgen.tasks.handlers import complete_household_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.http.requests import Caller, not_found


async def list_enrolments(household_id: UUID, reader: Caller, tx: Transaction) -> list[Enrolment]:
    """Return a household's enrolments; the reading is logged."""
    await read_household(household_id, reader, tx)
    return await courses.list_enrolments(tx, household_id)


async def record_enrolment(request: Enrolment, tx: Transaction) -> Enrolment:
    """Enrol a household in a course of the policy. The same twice is recorded once."""
    household = await get_household(request.household_id, tx)
    earlier = await courses.list_enrolments(tx, household.id)
    policy = find_policy(request.enrolled_on, tx)
    enrolment, is_new = enrol(earlier, request, policy.courses, household.first_day)
    if is_new:
        require_new_id(is_new=await courses.add_enrolment(tx, enrolment))
    return enrolment


async def record_lesson(household_id: UUID, lesson: Lesson, tx: Transaction) -> Enrolment:
    """Record a lesson, attended or missed; the last one completes the course and its task."""
    await get_household(household_id, tx)
    enrolment = await courses.lock_enrolment(tx, lesson.enrolment_id)
    if enrolment is None or enrolment.household_id != household_id:
        raise not_found("enrolment")
    after, is_new = attend(enrolment, await courses.list_lessons(tx, enrolment.id), lesson)
    if is_new:
        await courses.add_lesson(tx, lesson)
        await courses.save_enrolment(tx, after)
    if after.completed_on is not None and enrolment.completed_on is None:
        await complete_household_tasks(household_id, [TaskKind.COURSE_NOT_ATTENDED], after.completed_on, tx)
    return after
