"""The rows of contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, TIMESTAMP, Text, func
from sqlmodel import Field

from services.notifications.tables import Row


class ContactChangeRow(Row, table=True):
    """Who changed which parts of a contact, and when; never what these parts are. It can only be added to."""

    __tablename__ = "contact_change"
    id: UUID = Field(primary_key=True)
    person_id: UUID
    parts: list[str] = Field(sa_type=ARRAY(Text))
    changed_by: str = Field(sa_type=Text)
    changed_roles: list[str] = Field(sa_type=ARRAY(Text))
    changed_at: datetime = Field(sa_type=TIMESTAMP(timezone=True), sa_column_kwargs={"server_default": func.now()})


class ContactRow(Row, table=True):
    """The only place with names and addresses. `entered` is whether staff put it in, or an event did."""

    __tablename__ = "contact"
    person_id: UUID = Field(primary_key=True)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    care_of: str | None = Field(default=None, sa_type=Text)
    street: str | None = Field(default=None, sa_type=Text)
    house_number: int | None = None
    house_number_addition: str | None = Field(default=None, sa_type=Text)
    postcode: str | None = Field(default=None, sa_type=Text)
    town: str | None = Field(default=None, sa_type=Text)
    entered: bool
