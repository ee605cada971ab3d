"""The rows of subscriptions and of the keys that sign their deliveries."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, TIMESTAMP, BigInteger, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notifications.tables import Row


class SubscriptionRow(Row, table=True):
    """A subscription. Who adds to its log locks this row, so that `last_sequence` has no gap."""

    __tablename__ = "subscription"
    id: UUID = Field(primary_key=True)
    partner_id: UUID
    types: list[str] = Field(sa_type=ARRAY(Text))
    fields: list[str] = Field(sa_type=ARRAY(Text))
    filters: dict[str, Any] = Field(sa_type=JSONB)
    protocol: str = Field(sa_type=Text)
    sink: str | None = Field(default=None, sa_type=Text)
    requested_by: str = Field(sa_type=Text)
    requested_on: date
    state: str = Field(sa_type=Text)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_on: date | None = None
    pause_reason: str | None = Field(default=None, sa_type=Text)
    last_sequence: int = Field(default=0, sa_type=BigInteger)


class SubscriptionKeyRow(Row, table=True):
    """A key that signs deliveries: a secret for HMAC and a seed for Ed25519. The latest two that hold are used."""

    __tablename__ = "subscription_key"
    subscription_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary)
    seed: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=TIMESTAMP(timezone=True), sa_column_kwargs={"server_default": func.now()})
    expires_at: datetime | None = Field(default=None, sa_type=TIMESTAMP(timezone=True))
