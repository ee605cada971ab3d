"""Rows of neighbourhood mothers, of what they did, and of what they are paid for it."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from services.ontzorgen.independence.tables.columns import build_texts_column
from services.ontzorgen.tables import Row


class NeighbourhoodMotherRow(Row, table=True):
    __tablename__ = "neighbourhood_mother"
    id: UUID = Field(primary_key=True)
    languages: list[str] = Field(sa_column=build_texts_column())
    from_day: date
    until_day: date | None = None


class MotherEngagementRow(Row, table=True):
    __tablename__ = "mother_engagement"
    id: UUID = Field(primary_key=True)
    mother_id: UUID
    engagement: str = Field(sa_type=Text)
    on_day: date
    minutes: int
    household_id: UUID | None = None
    volunteer_id: UUID | None = None


class MotherPaymentRow(Row, table=True):
    __tablename__ = "mother_payment"
    id: UUID = Field(primary_key=True)
    mother_id: UUID
    month: str = Field(sa_type=Text)
    paid_on: date
    minutes: int
    fee_cents_per_hour: int
    amount_cents: int = Field(sa_type=BigInteger)


class MotherPaidEngagementRow(Row, table=True):
    """Which payment pays a piece of work; its key lets no second one do so."""

    __tablename__ = "mother_paid_engagement"
    engagement_id: UUID = Field(primary_key=True)
    payment_id: UUID
