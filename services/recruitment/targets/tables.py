"""The rows of credits."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from services.recruitment.tables import Row


class CreditRow(Row, table=True):
    """A signed plan that counts for an ambassador; the key makes it count once."""

    __tablename__ = "credit"
    ambassador_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    credited_on: date
