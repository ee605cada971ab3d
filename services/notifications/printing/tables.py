"""The rows of printing."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Text
from sqlmodel import Field

from services.notifications.tables import Row


class PrintBatchRow(Row, table=True):
    """The letters that go to the printer together; nothing about anyone. Day and number are its name, used once."""

    __tablename__ = "print_batch"
    id: UUID = Field(primary_key=True)
    day: date
    number: int
    state: str = Field(sa_type=Text)
    attempts: int
    letters: int | None = None
    leased_until: datetime = Field(sa_type=TIMESTAMP(timezone=True))
