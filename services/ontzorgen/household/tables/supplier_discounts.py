"""The rows of agreements on a discount, and of their endings."""

from datetime import date
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.ontzorgen.tables import Row


class DiscountAgreementRow(Row, table=True):
    __tablename__ = "discount_agreement"
    id: UUID = Field(primary_key=True)
    creditor: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    discount_percent: int
    guaranteed_months: int
    from_day: date
    until_day: date | None = None
    known_on: date | None = None


class DiscountEndingRow(Row, table=True):
    __tablename__ = "discount_ending"
    agreement_id: UUID = Field(primary_key=True)
    until_day: date
    known_on: date | None = None
