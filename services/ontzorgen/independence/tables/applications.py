"""The row of an application; it is changed once, when it is decided."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class ApplicationRow(Row, table=True):
    __tablename__ = "support_application"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    person_id: UUID
    kind: str = Field(sa_type=Text)
    applied_on: date
    decide_by: date
    decided_on: date | None = None
    outcome: str | None = Field(default=None, sa_type=Text)
