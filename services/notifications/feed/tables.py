"""The rows of the logs that partners receive from."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, LargeBinary, Text, func
from sqlmodel import Field

from services.notifications.tables import Row


class FeedEntryRow(Row, table=True):
    """One document in the log of a subscription, as its partner gets it. `origin` is what it was made of, once."""

    __tablename__ = "feed_entry"
    subscription_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    id: UUID
    origin: UUID
    person_id: UUID | None = None
    subject: UUID | None = None
    type: str = Field(sa_type=Text)
    document: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=TIMESTAMP(timezone=True), sa_column_kwargs={"server_default": func.now()})
