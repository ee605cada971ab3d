"""Rows of budget coaching: its term, appointments and sessions."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class CoachingRow(Row, table=True):
    __tablename__ = "coaching"
    household_id: UUID = Field(primary_key=True)
    started_on: date
    last_day: date
    handed_on: date | None = None
    handed_to: str | None = Field(default=None, sa_type=Text)


class AppointmentRow(Row, table=True):
    __tablename__ = "coaching_appointment"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    planned_on: date
    minutes: int


class SessionRow(Row, table=True):
    __tablename__ = "coaching_session"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    held_on: date
    minutes: int
    ladder: str | None = Field(default=None, sa_type=Text)
    appointment_id: UUID | None = None
