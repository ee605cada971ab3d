"""The rows of messages."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Text, func
from sqlmodel import Field

from services.notifications.tables import Row


class MessageRow(Row, table=True):
    """A message: a draft until it leaves, in words from then on. Its id is derived from fact and audience.

    All messages of one person in a print batch have one letter number, and once sent one reference.
    """

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
    batch_id: UUID | None = None
    letter_number: int | None = None
    reference: str | None = Field(default=None, sa_type=Text)
