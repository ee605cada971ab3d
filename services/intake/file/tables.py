"""The rows of files."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.intake.tables import Row


class NewcomerRow(Row, table=True):
    """`pip_due_on` follows from the other days by rule; it is stored so that late files are found by an index."""

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
