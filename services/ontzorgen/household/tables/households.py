"""The row of a household."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class HouseholdRow(Row, table=True):
    """`next_month` is the first month not yet run; `ended_on` is set once relief is over.

    `holiday_reserve_cents` is what the ledger's account holds for it: only a release changes it.
    """

    __tablename__ = "household"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    household_type: str = Field(sa_type=Text)
    age_band: str = Field(sa_type=Text)
    has_children: bool
    first_day: date
    last_day: date
    right_from: date
    right_until: date | None = None
    next_month: str = Field(sa_type=Text)
    months_run: int
    ended_on: date | None = None
    end_reason: str | None = Field(default=None, sa_type=Text)
    holiday_reserve_cents: int = 0
