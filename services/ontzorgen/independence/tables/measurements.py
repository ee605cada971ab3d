"""The row of a measurement; it is never changed. `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_place_column
from services.ontzorgen.tables import Row


class MeasurementRow(Row, table=True):
    __tablename__ = "measurement"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=build_place_column())
    household_id: UUID
    outcome: str = Field(sa_type=Text)
    moment: str = Field(sa_type=Text)
    measured_on: date
    measured_by: str = Field(sa_type=Text)
    instrument: str = Field(sa_type=Text)
    person_id: UUID
