"""Rows of the bank: accounts with two persons' approval, instructions, files, refusals, and messages of the bank."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, LargeBinary, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.ontzorgen.tables import Row


def _build_moment() -> Column[datetime]:
    """Return a column that the database sets: no clock is read elsewhere."""
    return Column(DateTime(timezone=True), server_default=func.now(), nullable=False)


class BankAccountRow(Row, table=True):
    """The municipality's own account or a person's; it is used once someone other than the proposer confirmed it."""

    __tablename__ = "bank_account"
    id: UUID = Field(primary_key=True)
    holder: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    iban: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime | None = Field(default=None, sa_column=_build_moment())
    confirmed_by: str | None = Field(default=None, sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class PaymentOrderRow(Row, table=True):
    """One per released run: the moment that is in its files, and the cents for which there is no account."""

    __tablename__ = "payment_order"
    run_id: UUID = Field(primary_key=True)
    month: str = Field(sa_type=Text)
    ordered_on: date
    held_cents: int | None = Field(default=None, sa_type=BigInteger)
    made_at: datetime | None = Field(default=None, sa_column=_build_moment())


class PaymentInstructionRow(Row, table=True):
    """One payment; its id is its end-to-end id. `replaces` is the refused one that it replaces."""

    __tablename__ = "payment_instruction"
    id: UUID = Field(primary_key=True)
    household_id: UUID
    run_id: UUID
    month: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    kind: str | None = Field(default=None, sa_type=Text)
    for_month: str = Field(sa_type=Text)
    is_correction: bool
    execute_on: date
    amount_cents: int = Field(sa_type=BigInteger)
    holder: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    iban: str = Field(sa_type=Text)
    remittance: str = Field(sa_type=Text)
    attempt: int = Field(sa_type=SmallInteger)
    replaces: UUID | None = None
    purpose: str = Field(default="month", sa_type=Text)


class PaymentFileRow(Row, table=True):
    """A file as it left, to the byte."""

    __tablename__ = "payment_file"
    id: str = Field(primary_key=True, sa_type=Text)
    run_id: UUID
    number: int = Field(sa_type=Integer)
    payments: int = Field(sa_type=Integer)
    total_cents: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    made_at: datetime | None = Field(default=None, sa_column=_build_moment())


class PaymentFileEntryRow(Row, table=True):
    """Which file an instruction left in; the key makes sure that it is one file."""

    __tablename__ = "payment_file_entry"
    instruction_id: UUID = Field(primary_key=True)
    file_id: str = Field(sa_type=Text)
    batch_id: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)


class BankMessageRow(Row, table=True):
    """A file that the bank gave and what came of it; the same bytes again change nothing."""

    __tablename__ = "bank_message"
    sha256: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    message_id: str = Field(sa_type=Text)
    received_by: str = Field(sa_type=Text)
    received_at: datetime | None = Field(default=None, sa_column=_build_moment())
    counts: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))


class PaymentRefusalRow(Row, table=True):
    """A payment that the bank refused, or that came back."""

    __tablename__ = "payment_refusal"
    instruction_id: UUID = Field(primary_key=True)
    reason_code: str = Field(sa_type=Text)
    refused_on: date
    message_sha256: str = Field(sa_type=Text)


class BankStatementRow(Row, table=True):
    """One statement of one account, or a page of one. `first_on` is the day of its first entry."""

    __tablename__ = "bank_statement"
    statement_no: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    iban: str = Field(sa_type=Text)
    id: str = Field(sa_type=Text)
    message_sha256: str = Field(sa_type=Text)
    opening_cents: int | None = Field(default=None, sa_type=BigInteger)
    closing_cents: int | None = Field(default=None, sa_type=BigInteger)
    opened_on: date | None = None
    closed_on: date | None = None
    first_on: date | None = None
    sequence: int | None = Field(default=None, sa_type=BigInteger)
    page: int = Field(default=1, sa_type=Integer)


class BankEntryRow(Row, table=True):
    """One payment in an entry, or the whole entry, with its outcome. What leaves the account is negative.

    `fingerprint` is what makes the entry the same in another statement; `batch_id` is the batch or file that it names
    and does not fit.
    """

    __tablename__ = "bank_entry"
    statement_no: int = Field(primary_key=True, sa_type=BigInteger)
    entry_no: int = Field(primary_key=True, sa_type=Integer)
    part_no: int = Field(primary_key=True, sa_type=Integer)
    outcome: str = Field(sa_type=Text)
    booked_on: date
    amount_cents: int = Field(sa_type=BigInteger)
    instruction_id: UUID | None = None
    reference: str | None = Field(default=None, sa_type=Text)
    return_code: str | None = Field(default=None, sa_type=Text)
    fingerprint: UUID | None = None
    batch_id: str | None = Field(default=None, sa_type=Text)
