"""Ontzorgen's rows: storage, never rules. Every key begins with the municipality, so tenants can not meet.

Months, their lines and the ledger are append-only: the application's role may add and read them, never change.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, MetaData, SmallInteger, Text, func
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """What every row has; a MetaData of its own keeps the four services' tables apart."""

    metadata = MetaData()
    municipality: str = Field(primary_key=True, sa_type=Text)


class HouseholdRow(Row, table=True):
    """`next_month` is the first month not yet run; `ended_on` is set once relief is over."""

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


class ChargeRow(Row, table=True):
    __tablename__ = "charge"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    iban: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    from_day: date
    until_day: date | None = None


class MandateRow(Row, table=True):
    __tablename__ = "mandate"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    granted_on: date
    revoked_on: date | None = None


class StatementRow(Row, table=True):
    """A household's month; the key makes it run once, whatever crashes."""

    __tablename__ = "statement"
    household_id: UUID = Field(primary_key=True)
    month: str = Field(primary_key=True, sa_type=Text)
    run_id: UUID
    run_on: date
    norm_cents: int = Field(sa_type=BigInteger)
    payable_cents: int = Field(sa_type=BigInteger)
    holiday_reserve_cents: int = Field(sa_type=BigInteger)
    deducted_cents: int = Field(sa_type=BigInteger)
    remainder_cents: int = Field(sa_type=BigInteger)
    shortfall_cents: int = Field(sa_type=BigInteger)


class StatementLineRow(Row, table=True):
    __tablename__ = "statement_line"
    household_id: UUID = Field(primary_key=True)
    month: str = Field(primary_key=True, sa_type=Text)
    line_no: int = Field(primary_key=True, sa_type=SmallInteger)
    charge_id: UUID
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    due_cents: int = Field(sa_type=BigInteger)
    paid_cents: int = Field(sa_type=BigInteger)


class TaskRow(Row, table=True):
    __tablename__ = "task"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    kind: str = Field(sa_type=Text)
    month: str = Field(sa_type=Text)
    for_role: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    raised_on: date
    done_on: date | None = None


class LedgerEntryRow(Row, table=True):
    __tablename__ = "ledger_entry"
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    run_id: UUID
    household_id: UUID
    month: str = Field(sa_type=Text)
    booked_on: date


class LedgerLineRow(Row, table=True):
    """Lean on purpose: accounts are small numbers, amounts are cents, and all else stands once in the entry."""

    __tablename__ = "ledger_line"
    entry_id: int = Field(primary_key=True, sa_type=BigInteger)
    line_no: int = Field(primary_key=True, sa_type=SmallInteger)
    account: int = Field(sa_type=SmallInteger)
    amount_cents: int = Field(sa_type=BigInteger)


class AccessLogRow(Row, table=True):
    """Who read whose file; the application may add and read, never change."""

    __tablename__ = "access_log"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    subject: str = Field(sa_type=Text)
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    read_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    )
