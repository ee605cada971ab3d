"""The queries of courses: groups, who enrolled, and which lessons were attended."""

from typing import Any, Final
from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.course_groups import CourseGroup
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson
from services.ontzorgen.independence.tables.courses import CourseGroupRow, EnrolmentRow, LessonRow
from shared.database.transactions import Transaction

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def add_enrolment(tx: Transaction, enrolment: Enrolment) -> bool:
    """Add an enrolment; False when its id is in use."""
    return await records.add(tx, EnrolmentRow, enrolment)


async def lock_enrolment(tx: Transaction, enrolment_id: UUID) -> Enrolment | None:
    """Return the enrolment, locked; None if there is no such enrolment."""
    return await records.find(tx, EnrolmentRow, Enrolment, enrolment_id, lock=True)


async def save_enrolment(tx: Transaction, enrolment: Enrolment) -> None:
    """Write back an enrolment that this transaction has locked."""
    await records.save(tx, EnrolmentRow, enrolment, enrolment.id)


async def list_enrolments(tx: Transaction, household_id: UUID) -> list[Enrolment]:
    return await records.list_states(tx, EnrolmentRow, Enrolment, household_id=household_id)


async def add_lesson(tx: Transaction, lesson: Lesson) -> None:
    await records.add(tx, LessonRow, lesson)


async def list_lessons(tx: Transaction, enrolment_id: UUID) -> list[Lesson]:
    return await records.list_states(tx, LessonRow, Lesson, enrolment_id=enrolment_id)


async def add_group(tx: Transaction, group: CourseGroup) -> bool:
    """Add a group; False when its id is in use."""
    return await records.add(tx, CourseGroupRow, group)


async def find_group(tx: Transaction, group_id: UUID) -> CourseGroup | None:
    """Return the group; None if there is no such group."""
    return await records.find(tx, CourseGroupRow, CourseGroup, group_id)


async def list_groups(tx: Transaction, **values: Any) -> list[CourseGroup]:
    """Return the groups with these values: of a course, or of a teacher."""
    return await records.list_states(tx, CourseGroupRow, CourseGroup, **values)


async def list_enrolments_in_group(tx: Transaction, group_id: UUID) -> list[Enrolment]:
    return await records.list_states(tx, EnrolmentRow, Enrolment, group_id=group_id)


async def list_participants(
    tx: Transaction, group_id: UUID, after: UUID | None, limit: int
) -> tuple[list[Enrolment], UUID | None]:
    """Return enrolments in a group by id, and the id to continue after."""
    return await records.list_page(tx, EnrolmentRow, Enrolment, after, limit, group_id=group_id)


async def lock_groups(tx: Transaction, key: str) -> None:
    """Let one transaction at a time give seats in a group, or plan a teacher's days."""
    await (await tx.driver()).execute(_LOCK, f"courses {tx.municipality} {key}")
