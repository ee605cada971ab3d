"""Months, what they leave to do, and the ledger. Append-only: the application may add and read, never change."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, SmallInteger, Text
from sqlmodel import Field

from services.ontzorgen.tables.households import Row


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
