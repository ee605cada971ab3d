"""Rows of budget coaching: coaches, and of each person its term, appointments and sessions."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class CoachingRow(Row, table=True):
    __tablename__ = "coaching"
    household_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    started_on: date
    last_day: date
    handed_on: date | None = None
    handed_to: str | None = Field(default=None, sa_type=Text)
    coach_id: UUID | None = None


class CoachRow(Row, table=True):
    __tablename__ = "coach"
    id: UUID = Field(primary_key=True)
    provider: str | None = Field(default=None, sa_type=Text)
    caseload_max: int
    from_day: date
    until_day: date | None = None


class CoachTermRow(Row, table=True):
    """Rows are added and never changed; `record_no` is given by the database, in the order of recording."""

    __tablename__ = "coach_term"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    person_id: UUID
    coach_id: UUID
    from_day: date


class AppointmentRow(Row, table=True):
    __tablename__ = "coaching_appointment"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    planned_on: date
    minutes: int
    person_id: UUID


class SessionRow(Row, table=True):
    __tablename__ = "coaching_session"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    held_on: date
    minutes: int
    ladder: str | None = Field(default=None, sa_type=Text)
    appointment_id: UUID | None = None
    person_id: UUID
