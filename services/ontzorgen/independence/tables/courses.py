"""Rows of courses: groups and their days, who enrolled, and which lessons were attended."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_days_column
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
    person_id: UUID
    group_id: UUID | None = None
    learnability: str | None = Field(default=None, sa_type=Text)
    planned_on: list[date] = Field(sa_column=build_days_column())


class CourseGroupRow(Row, table=True):
    __tablename__ = "course_group"
    id: UUID = Field(primary_key=True)
    course: str = Field(sa_type=Text)
    teacher_id: UUID
    place: str = Field(sa_type=Text)
    seats: int
    given_on: list[date] = Field(sa_column=build_days_column())
    learnability: str | None = Field(default=None, sa_type=Text)


class LessonRow(Row, table=True):
    __tablename__ = "lesson"
    enrolment_id: UUID = Field(primary_key=True)
    lesson_no: int = Field(primary_key=True)
    given_on: date = Field(primary_key=True)
    is_attended: bool
