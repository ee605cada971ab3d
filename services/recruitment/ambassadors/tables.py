"""The rows of ambassadors and their pairs."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text, Uuid
from sqlmodel import Field

from services.recruitment.tables import Row


class AmbassadorRow(Row, table=True):
    __tablename__ = "ambassador"
    id: UUID = Field(primary_key=True)
    neighbourhood: str = Field(sa_type=Text)
    appointed_on: date
    dutch_level: str = Field(sa_type=Text)
    own_trajectory_completed: bool
    languages: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    pair_id: UUID | None = None


class PairRow(Row, table=True):
    __tablename__ = "pair"
    id: UUID = Field(primary_key=True)
    ambassador_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    formed_on: date
