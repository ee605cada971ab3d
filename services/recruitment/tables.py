"""Recruitment's rows: storage, never rules. Every key begins with the municipality, so tenants can not meet."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Column, MetaData, Text, Uuid
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """What every row has; a MetaData of its own keeps the four services' tables apart."""

    metadata = MetaData()
    municipality: str = Field(primary_key=True, sa_type=Text)


class NeighbourhoodRow(Row, table=True):
    __tablename__ = "neighbourhood"
    code: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    needs_but_not_obligated: int
    obligated: int


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


class OutreachRow(Row, table=True):
    __tablename__ = "outreach"
    id: UUID = Field(primary_key=True)
    channel: str = Field(sa_type=Text)
    neighbourhood: str = Field(sa_type=Text)
    ambassador_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    people_reached: int
    held_on: date


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


class CreditRow(Row, table=True):
    """A signed plan that counts for an ambassador; the key makes it count once."""

    __tablename__ = "credit"
    ambassador_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    credited_on: date
