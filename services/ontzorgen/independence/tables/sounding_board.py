"""The row of a meeting of the sounding board."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.ontzorgen.tables import Row


class SoundingBoardRow(Row, table=True):
    __tablename__ = "sounding_board_meeting"
    id: UUID = Field(primary_key=True)
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int
