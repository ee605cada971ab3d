"""Rows of neighbourhood mothers and of what they did."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_texts_column
from services.ontzorgen.tables import Row


class NeighbourhoodMotherRow(Row, table=True):
    __tablename__ = "neighbourhood_mother"
    id: UUID = Field(primary_key=True)
    languages: list[str] = Field(sa_column=build_texts_column())
    from_day: date
    until_day: date | None = None


class MotherEngagementRow(Row, table=True):
    __tablename__ = "mother_engagement"
    id: UUID = Field(primary_key=True)
    mother_id: UUID
    engagement: str = Field(sa_type=Text)
    on_day: date
    minutes: int
    household_id: UUID | None = None
    volunteer_id: UUID | None = None
