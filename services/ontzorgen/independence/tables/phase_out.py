"""Rows of the phase-out: its steps, informed creditors and direct debits. `place` is the order of recording."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_place_column
from services.ontzorgen.tables import Row


class PhaseOutStepRow(Row, table=True):
    __tablename__ = "phase_out_step"
    place: int | None = Field(default=None, sa_column=build_place_column(is_key=True))
    household_id: UUID
    step: str = Field(sa_type=Text)
    taken_on: date
    kind: str | None = Field(default=None, sa_type=Text)


class CreditorToldRow(Row, table=True):
    __tablename__ = "creditor_told"
    household_id: UUID = Field(primary_key=True)
    creditor: str = Field(primary_key=True, sa_type=Text)
    told_on: date = Field(primary_key=True)


class DirectDebitRow(Row, table=True):
    __tablename__ = "direct_debit"
    id: UUID = Field(primary_key=True)
    place: int | None = Field(default=None, sa_column=build_place_column())
    household_id: UUID
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    day_of_month: int
    agreed_on: date
