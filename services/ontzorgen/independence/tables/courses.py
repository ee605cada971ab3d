"""Rows of courses: who enrolled, and which lessons were attended."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class EnrolmentRow(Row, table=True):
    __tablename__ = "enrolment"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    course: str = Field(sa_type=Text)
    enrolled_on: date
    lessons: int
    due_on: date
    is_obligatory: bool
    completed_on: date | None = None


class LessonRow(Row, table=True):
    __tablename__ = "lesson"
    enrolment_id: UUID = Field(primary_key=True)
    lesson_no: int = Field(primary_key=True)
    given_on: date = Field(primary_key=True)
    is_attended: bool
