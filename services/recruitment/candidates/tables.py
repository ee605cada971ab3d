"""The rows of candidates."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, Text, Uuid
from sqlmodel import Field

from services.recruitment.tables import Row


class CandidateRow(Row, table=True):
    """No name and no telephone number: who needs to reach the person asks notifications."""

    __tablename__ = "candidate"
    id: UUID = Field(primary_key=True)
    target_group: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    neighbourhood: str = Field(sa_type=Text)
    ambassador_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    recruited_on: date
    consent_on: date
    withdrawn_on: date | None = None
    plan_signed_on: date | None = None
