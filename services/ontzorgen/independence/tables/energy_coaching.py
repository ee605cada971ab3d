"""The row of a step in helping a household save energy. `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_place_column
from services.ontzorgen.tables import Row


class EnergyStepRow(Row, table=True):
    __tablename__ = "energy_step"
    place: int | None = Field(default=None, sa_column=build_place_column(is_key=True))
    household_id: UUID
    help: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    on_day: date
