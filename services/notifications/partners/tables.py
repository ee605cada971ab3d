"""The rows of partners and of the people linked to them."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Text
from sqlmodel import Field

from services.notifications.tables import Row


class PartnerRow(Row, table=True):
    """A partner. `pseudonym_key` makes the ids by which it knows people; it never changes."""

    __tablename__ = "partner"
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    token_subject: str = Field(sa_type=Text)
    contact_email: str = Field(sa_type=Text)
    registered_on: date
    ends_on: date
    registered_by: str = Field(sa_type=Text)
    creditors: list[str] = Field(sa_type=ARRAY(Text))
    pseudonym_key: bytes = Field(sa_type=LargeBinary)


class PartnerLinkRow(Row, table=True):
    """A person linked to a partner; the link of a mandate has the id of the mandate."""

    __tablename__ = "partner_link"
    id: UUID = Field(primary_key=True)
    partner_id: UUID = Field(primary_key=True)
    person_id: UUID
    basis: str = Field(sa_type=Text)
    from_on: date
    ended_on: date | None = None
    creditor: str | None = Field(default=None, sa_type=Text)
    kind: str | None = Field(default=None, sa_type=Text)
