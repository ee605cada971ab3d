"""The rows of a month's run: the run, its approvals and its parts."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger, Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class RunRow(Row, table=True):
    __tablename__ = "run"
    id: UUID = Field(primary_key=True)
    month: str = Field(sa_type=Text)
    number: int = Field(sa_type=SmallInteger)
    state: str = Field(sa_type=Text)
    proposer: str = Field(sa_type=Text)
    proposed_on: date
    parts: int
    approvers_required: int = Field(default=0, sa_column_kwargs={"name": "eyes_needed"})
    households: int = 0
    norm_cents: int = Field(default=0, sa_type=BigInteger)
    deducted_cents: int = Field(default=0, sa_type=BigInteger)
    remainder_cents: int = Field(default=0, sa_type=BigInteger)
    shortfall_cents: int = Field(default=0, sa_type=BigInteger)
    correction_cents: int = Field(default=0, sa_type=BigInteger)
    payments: int = 0
    content_sha256: str | None = Field(default=None, sa_type=Text)
    sealed_on: date | None = None
    released_on: date | None = None
    withdrawn_on: date | None = None
    attachment_cents: int = Field(default=0, sa_type=BigInteger)
    set_off_cents: int = Field(default=0, sa_type=BigInteger)
    holiday_paid_cents: int = Field(default=0, sa_type=BigInteger)
    holiday_handed_over_cents: int = Field(default=0, sa_type=BigInteger)


class RunApprovalRow(Row, table=True):
    __tablename__ = "run_approval"
    run_id: UUID = Field(primary_key=True)
    subject: str = Field(primary_key=True, sa_type=Text)
    approved_on: date


class RunPartRow(Row, table=True):
    """Households from `from_id` up to, not including, `until_id`; None is open."""

    __tablename__ = "run_part"
    run_id: UUID = Field(primary_key=True)
    step: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True)
    from_id: UUID | None = None
    until_id: UUID | None = None
    is_done: bool = False
    households: int = 0
