"""Households, and who read their files."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Text, func
from sqlmodel import Field

from services.ontzorgen.tables import Row


class HouseholdRow(Row, table=True):
    """`next_month` is the first month not yet run; `ended_on` is set once relief is over."""

    __tablename__ = "household"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    household_type: str = Field(sa_type=Text)
    age_band: str = Field(sa_type=Text)
    has_children: bool
    first_day: date
    last_day: date
    right_from: date
    right_until: date | None = None
    next_month: str = Field(sa_type=Text)
    months_run: int
    ended_on: date | None = None
    end_reason: str | None = Field(default=None, sa_type=Text)


class AccessLogRow(Row, table=True):
    """Who read whose file; the application may add and read, never change."""

    __tablename__ = "access_log"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    subject: str = Field(sa_type=Text)
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    read_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    )
