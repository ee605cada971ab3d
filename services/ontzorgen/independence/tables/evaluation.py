"""Rows of evaluations, and of what was decided in them. `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_place_column, build_texts_column
from services.ontzorgen.tables import Row


class EvaluationRow(Row, table=True):
    """One evaluation for each last day that a household's relief had."""

    __tablename__ = "evaluation"
    household_id: UUID = Field(primary_key=True)
    last_day: date = Field(primary_key=True)
    opened_on: date


class ReliefDecisionRow(Row, table=True):
    __tablename__ = "relief_decision"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=build_place_column())
    household_id: UUID
    outcome: str = Field(sa_type=Text)
    decided_on: date
    grounds: list[str] = Field(sa_column=build_texts_column())
    months: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    last_day: date | None = None
    review_on: date | None = None
