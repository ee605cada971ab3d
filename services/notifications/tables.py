"""Notifications' rows: storage, never rules. Every key begins with the municipality, so tenants can not meet."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, MetaData, Text, func
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """What every row has; a MetaData of its own keeps the four services' tables apart."""

    metadata = MetaData()
    municipality: str = Field(primary_key=True, sa_type=Text)


class ContactRow(Row, table=True):
    """The only place with names and addresses. `entered` tells what staff put in from what an event told."""

    __tablename__ = "contact"
    person_id: UUID = Field(primary_key=True)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    entered: bool


class MessageRow(Row, table=True):
    """A message: a draft until it is taken up, in words from then on. Its id is derived from fact and audience."""

    __tablename__ = "message"
    id: UUID = Field(primary_key=True)
    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    event_id: UUID
    audience: str = Field(sa_type=Text)
    person_id: UUID
    template: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    draft: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    body_text: str | None = Field(default=None, sa_type=Text)
    body_html: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    problem: str | None = Field(default=None, sa_type=Text)
    attempts: int = 0
    due_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    )
    queued_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    )
    sent_on: date | None = None


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
