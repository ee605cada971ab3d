"""Rows of meetings of the sounding board, and of what is done about their answers."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class SoundingBoardRow(Row, table=True):
    __tablename__ = "sounding_board_meeting"
    id: UUID = Field(primary_key=True)
    held_on: date
    participants: int
    found_it_helps: int
    found_it_does_not: int
    feels_relieved: int | None = None
    feels_not_relieved: int | None = None
    done_well: int | None = None
    not_done_well: int | None = None


class BoardActionRow(Row, table=True):
    __tablename__ = "sounding_board_action"
    id: UUID = Field(primary_key=True)
    meeting_id: UUID
    question: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    decided_on: date
    due_on: date
    done_on: date | None = None
    reported_on: date | None = None
