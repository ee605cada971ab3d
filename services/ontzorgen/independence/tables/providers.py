"""The row of who guides a household from a day on."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class GuidanceRow(Row, table=True):
    __tablename__ = "guidance"
    household_id: UUID = Field(primary_key=True)
    from_day: date = Field(primary_key=True)
    provider: str = Field(sa_type=Text)
