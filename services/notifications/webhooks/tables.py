"""The rows of webhooks: when a partner is next delivered to, each document on its way, and subjects that wait."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Text
from sqlmodel import Field

from services.notifications.tables import Row

_MOMENT = TIMESTAMP(timezone=True)


class WebhookRow(Row, table=True):
    """A webhook. `due_at` is when it is next delivered to, None while nothing waits; `failures` are those in a row."""

    __tablename__ = "webhook"
    subscription_id: UUID = Field(primary_key=True)
    due_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    leased_until: datetime | None = Field(default=None, sa_type=_MOMENT)
    consented_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    failures: int = 0
    problem: str | None = Field(default=None, sa_type=Text)
    notified_on: date | None = None


class WebhookDeliveryRow(Row, table=True):
    """One document on its way to a webhook, and what came of its last attempt.

    What is about nobody has the subscription as its subject, so that it keeps its order too.
    """

    __tablename__ = "webhook_delivery"
    subscription_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    subject: UUID
    type: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    attempts: int = 0
    status: int | None = None
    problem: str | None = Field(default=None, sa_type=Text)
    settled_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class WebhookWaitRow(Row, table=True):
    """A subject whose first document failed: its documents wait until `retry_at`, in their order."""

    __tablename__ = "webhook_wait"
    subscription_id: UUID = Field(primary_key=True)
    subject: UUID = Field(primary_key=True)
    failures: int
    retry_at: datetime | None = Field(default=None, sa_type=_MOMENT)
