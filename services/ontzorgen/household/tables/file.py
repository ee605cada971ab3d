"""What is on record of a household and of creditors: versions only, each added and none changed.

Every row bears in which order, when and by whom it was recorded; the database fills in the first two.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, FetchedValue, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.ontzorgen.tables import Row


class Recorded(Row):
    """In which order, when and by whom something was recorded. Not a table of its own."""

    record_no: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_kwargs={"server_default": FetchedValue()}, nullable=False
    )
    recorded_at: datetime | None = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": FetchedValue()},
        nullable=False,
    )
    recorded_role: str = Field(sa_type=Text)
    recorded_by: str = Field(sa_type=Text)


class Version(Recorded):
    """A version with an id of its own."""

    id: UUID = Field(primary_key=True)


class OfHousehold(Version):
    """A version that belongs to one household."""

    household_id: UUID


class ChargeRow(OfHousehold, table=True):
    __tablename__ = "charge"
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    iban: str | None = Field(default=None, sa_type=Text)
    reference: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    from_day: date
    until_day: date | None = None
    first_due: str | None = Field(default=None, sa_type=Text)
    known_on: date | None = None
    charge_id: UUID | None = None
    needs_confirmation: bool = False
    regeldag_id: UUID | None = None


class MandateRow(OfHousehold, table=True):
    __tablename__ = "mandate"
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    granted_on: date
    until_day: date | None = None
    procedure: str | None = Field(default=None, sa_type=Text)
    first_month: str | None = Field(default=None, sa_type=Text)
    regeldag_id: UUID | None = None


class MandateRequestRow(OfHousehold, table=True):
    __tablename__ = "mandate_request"
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    asked_on: date
    procedure: str = Field(sa_type=Text)
    from_day: date | None = None
    until_day: date | None = None
    regeldag_id: UUID | None = None


class MandateStepRow(OfHousehold, table=True):
    __tablename__ = "mandate_step"
    mandate_id: UUID
    step: str = Field(sa_type=Text)
    taken_on: date


class MandateRevocationRow(OfHousehold, table=True):
    __tablename__ = "mandate_revocation"
    mandate_id: UUID
    revoked_on: date
    last_month: str | None = Field(default=None, sa_type=Text)


class RightVersionRow(OfHousehold, table=True):
    __tablename__ = "right_version"
    right_from: date
    right_until: date | None = None
    known_on: date
    agreed_until: date


class CompositionRow(OfHousehold, table=True):
    """Birth dates stand here and nowhere else."""

    __tablename__ = "composition"
    from_day: date
    kind: str = Field(sa_type=Text)
    adults: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    children: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    sharers: int = Field(sa_type=SmallInteger)
    pay_out: str = Field(sa_type=Text)
    replaces: UUID | None = None


class AllowanceRow(OfHousehold, table=True):
    __tablename__ = "allowance"
    kind: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    is_routed: bool
    from_month: str | None = Field(default=None, sa_type=Text)
    until_month: str | None = Field(default=None, sa_type=Text)
    replaces: UUID | None = None


class GrantRow(OfHousehold, table=True):
    __tablename__ = "relief_grant"
    kind: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    month: str = Field(sa_type=Text)
    is_routed: bool
    repay_from: str | None = Field(default=None, sa_type=Text)
    repay_cents: int | None = Field(default=None, sa_type=BigInteger)
    agreed_on: date | None = None
    replaces: UUID | None = None


class LoanRepaymentRow(OfHousehold, table=True):
    __tablename__ = "loan_repayment"
    loan_id: UUID
    paid_on: date
    amount_cents: int = Field(sa_type=BigInteger)
    from_remainder: bool
    left_cents: int = Field(sa_type=BigInteger)
    repayment_no: int = Field(sa_type=SmallInteger)


class ClaimRow(OfHousehold, table=True):
    __tablename__ = "claim"
    creditor: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    total_cents: int = Field(sa_type=BigInteger)
    from_day: date
    person_id: UUID
    replaces: UUID | None = None


class IncomeRow(OfHousehold, table=True):
    __tablename__ = "income"
    kind: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    from_day: date
    until_day: date | None = None
    exempt_percent: int = Field(sa_type=SmallInteger)
    payee: str = Field(sa_type=Text)
    replaces: UUID | None = None


class ReductionRow(OfHousehold, table=True):
    __tablename__ = "reduction"
    percent: int = Field(sa_type=SmallInteger)
    from_day: date
    until_day: date | None = None
    replaces: UUID | None = None


class AttachmentRow(OfHousehold, table=True):
    __tablename__ = "attachment"
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    protected_cents: int = Field(sa_type=BigInteger)
    from_day: date
    until_day: date | None = None
    iban: str | None = Field(default=None, sa_type=Text)
    reference: str = Field(sa_type=Text)
    replaces: UUID | None = None
    attachment_id: UUID | None = None
    needs_confirmation: bool = False


class UnpaidChargeRow(OfHousehold, table=True):
    """What a short month left unpaid of a charge, and the month that pays it."""

    __tablename__ = "unpaid_charge"
    charge_id: UUID
    kind: str = Field(sa_type=Text)
    creditor: str = Field(sa_type=Text)
    for_month: str = Field(sa_type=Text)
    unpaid_in: str = Field(sa_type=Text)
    month: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)


class HouseholdPersonRow(OfHousehold, table=True):
    """Someone of a household beside its own person, by a random id."""

    __tablename__ = "household_person"
    person_id: UUID
    role: str = Field(sa_type=Text)
    from_day: date
    until_day: date | None = None
    replaces: UUID | None = None


class AssetRow(OfHousehold, table=True):
    __tablename__ = "asset"
    kind: str = Field(sa_type=Text)
    amount_cents: int = Field(sa_type=BigInteger)
    seen_on: date
    replaces: UUID | None = None


class PaymentTermsRow(OfHousehold, table=True):
    __tablename__ = "payment_terms"
    from_day: date
    prepay: bool | None = None
    pay_on: list[date] | None = Field(default=None, sa_column=Column(ARRAY(Date)))


class RegeldagRow(OfHousehold, table=True):
    __tablename__ = "regeldag"
    held_on: date


class RegeldagStepRow(OfHousehold, table=True):
    __tablename__ = "regeldag_step"
    regeldag_id: UUID
    item: str = Field(sa_type=Text)
    responsible: str = Field(sa_type=Text)
    appointment_on: date | None = None
    done_on: date | None = None


class CreditorRow(Version, table=True):
    """An organisation that asks for fixed charges; never a person."""

    __tablename__ = "creditor"
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    iban: str = Field(sa_type=Text)
    from_day: date
    procedure: str | None = Field(default=None, sa_type=Text)
    calls_first: bool
    discount_percent: int | None = Field(default=None, sa_type=SmallInteger)
    debit_day: int | None = Field(default=None, sa_type=SmallInteger)
    needs_confirmation: bool
    known_on: date | None = None


class IbanConfirmationRow(Recorded, table=True):
    """That someone else compared an account, keyed by the version that brought it; `confirms` is of what it is one.

    Whoever records something chooses its id, so a charge and a creditor may have the same one.
    """

    __tablename__ = "iban_confirmation"
    confirms: str = Field(sa_type=Text, primary_key=True)
    version_id: UUID = Field(primary_key=True)
    confirmed_on: date


class HouseholdSituationRow(Row, table=True):
    """What the month's run reads, derived from the versions; the database removes it when one is added."""

    __tablename__ = "household_situation"
    household_id: UUID = Field(primary_key=True)
    document: bytes = Field(sa_type=LargeBinary)
