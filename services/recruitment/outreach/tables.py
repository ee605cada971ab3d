"""The rows of outreaches."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text, Uuid
from sqlmodel import Field

from services.recruitment.tables import Row


class OutreachRow(Row, table=True):
    __tablename__ = "outreach"
    id: UUID = Field(primary_key=True)
    channel: str = Field(sa_type=Text)
    neighbourhood: str = Field(sa_type=Text)
    ambassador_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    people_reached: int
    held_on: date
