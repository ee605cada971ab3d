"""The ledger's rows: entries and their lines. The ledger is added to and read, never changed."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, SmallInteger, Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class LedgerEntryRow(Row, table=True):
    __tablename__ = "ledger_entry"
    id: int = Field(primary_key=True, sa_type=BigInteger)
    kind: int = Field(sa_type=SmallInteger)
    line_count: int = Field(sa_type=SmallInteger)
    booked_on: date
    run_id: UUID | None = None
    household_id: UUID | None = None
    month: str = Field(sa_type=Text)


class LedgerLineRow(Row, table=True):
    """Lean on purpose: accounts are small numbers, amounts are cents, and all else stands once in the entry."""

    __tablename__ = "ledger_line"
    entry_id: int = Field(primary_key=True, sa_type=BigInteger)
    line_no: int = Field(primary_key=True, sa_type=SmallInteger)
    account: int = Field(sa_type=SmallInteger)
    amount_cents: int = Field(sa_type=BigInteger)
