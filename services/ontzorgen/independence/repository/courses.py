"""The queries of courses: who enrolled, and which lessons were attended."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.courses import Enrolment, Lesson
from services.ontzorgen.independence.tables.courses import EnrolmentRow, LessonRow
from shared.database.transactions import Transaction


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
