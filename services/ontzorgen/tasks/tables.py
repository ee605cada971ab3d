"""The row of a task: what waits for a person, for which role, about which amount."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger, Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class TaskRow(Row, table=True):
    __tablename__ = "task"
    id: UUID = Field(primary_key=True)
    household_id: UUID | None = None
    kind: str = Field(sa_type=Text)
    month: str = Field(sa_type=Text)
    for_role: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    sentence: str | None = Field(default=None, sa_type=Text)
    priority: int = Field(default=0, sa_type=SmallInteger)
    due_on: date | None = None
    raised_on: date
    done_on: date | None = None
    person_id: UUID | None = None
