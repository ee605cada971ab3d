"""The rows of plans."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text
from sqlmodel import Field

from services.intake.tables import Row


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
