"""Intake's rows: storage, never rules. Every key begins with the municipality, so tenants can not meet."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, MetaData, Text, func
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """What every row has; a MetaData of its own keeps the four services' tables apart."""

    metadata = MetaData()
    municipality: str = Field(primary_key=True, sa_type=Text)


class NewcomerRow(Row, table=True):
    """`pip_due_on` follows from the other days by rule; it is kept so that late files are found by an index."""

    __tablename__ = "newcomer"
    id: UUID = Field(primary_key=True)
    target_group: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    opened_on: date
    registered_on: date | None = None
    obligation_notified_on: date | None = None
    talk_planned_on: date | None = None
    intake_completed_on: date | None = None
    plan_signed_on: date | None = None
    pip_missed_on: date | None = None
    closed_on: date | None = None
    pip_due_on: date | None = None


class BroadIntakeRow(Row, table=True):
    """Codes only. That the circumstances were talked about is kept, what was said is not."""

    __tablename__ = "broad_intake"
    person_id: UUID = Field(primary_key=True)
    recorded_on: date | None = None
    learnability_test: str | None = Field(default=None, sa_type=Text)
    schooling: str | None = Field(default=None, sa_type=Text)
    literacy: str | None = Field(default=None, sa_type=Text)
    work_years: int | None = None
    personal_circumstances_discussed: bool | None = None
    child_education: str | None = Field(default=None, sa_type=Text)
    language_level: str | None = Field(default=None, sa_type=Text)
    work_option: str | None = Field(default=None, sa_type=Text)
    wish: str | None = Field(default=None, sa_type=Text)
    self_reliance: str | None = Field(default=None, sa_type=Text)
    right_to_talk_alone_told: bool | None = None
    advised_route: str | None = Field(default=None, sa_type=Text)
    decided_route: str | None = Field(default=None, sa_type=Text)
    deviation_reason: str | None = Field(default=None, sa_type=Text)
    reasons: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))


class PlanRow(Row, table=True):
    __tablename__ = "plan"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    drafted_on: date
    route: str = Field(sa_type=Text)
    deviation_reason: str | None = Field(default=None, sa_type=Text)
    progress_talks: int
    intensity_hours_per_week: int | None = None
    support: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    relief_agreed: bool
    household_id: UUID | None = None
    household_type: str | None = Field(default=None, sa_type=Text)
    age_band: str | None = Field(default=None, sa_type=Text)
    has_children: bool | None = None
    assistance_from: date | None = None
    signed_on: date | None = None


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
