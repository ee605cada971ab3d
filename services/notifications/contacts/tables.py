"""The rows of contacts."""

from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.notifications.tables import Row


class ContactRow(Row, table=True):
    """The only place with names and addresses. `entered` is whether staff put it in, or an event did."""

    __tablename__ = "contact"
    person_id: UUID = Field(primary_key=True)
    language: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    entered: bool
