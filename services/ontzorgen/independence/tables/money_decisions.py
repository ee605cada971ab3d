"""The row of a decision on weekly or monthly money; it is never changed. `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_place_column, build_texts_column
from services.ontzorgen.tables import Row


class MoneyDecisionRow(Row, table=True):
    __tablename__ = "money_decision"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=build_place_column())
    household_id: UUID
    rhythm: str = Field(sa_type=Text)
    decided_on: date
    from_day: date
    parties: list[str] = Field(sa_column=build_texts_column())
