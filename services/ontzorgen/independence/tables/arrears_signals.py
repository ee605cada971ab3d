"""The row of a creditor's message about arrears."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class ArrearsMessageRow(Row, table=True):
    __tablename__ = "arrears_message"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    months_in_arrears: int
    signalled_on: date
    recorded_as: str = Field(sa_type=Text)
