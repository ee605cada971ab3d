"""Documents on their way to webhooks: what a worker may deliver now, and what people see of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from services.notifications.webhooks.rules.attempts import WebhookProblem

PAUSED_SUBJECT: Final = "Uw abonnement op gebeurtenissen is gepauzeerd"
PAUSED_MAIL: Final = """Beste {name},

Uw abonnement {subscription} is gepauzeerd: het adres is al langere tijd niet bereikbaar, of het zegt dat het niet
meer bestaat. Er gaat niets verloren. Herstel het adres en hervat het abonnement; u krijgt dan alles wat er intussen
kwam, in volgorde.

{municipality}
"""


class DeliveryState(StrEnum):
    """Where a document is on its way."""

    WAITING = "waiting"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Delivery:
    """One document on its way, and what came of its last attempt."""

    sequence: int
    type: str
    state: DeliveryState
    attempts: int
    status: int | None
    problem: WebhookProblem | None
    settled_at: datetime | None


@dataclass(frozen=True)
class Parcel:
    """A document to deliver now."""

    sequence: int
    id: UUID
    subject: UUID
    document: bytes


@dataclass(frozen=True)
class ClaimedWebhook:
    """A webhook that this worker alone may deliver to until its lease ends."""

    municipality: str
    subscription_id: UUID
    sink: str
    has_consented: bool
    failures: int
    parcels: tuple[Parcel, ...]


def group_by_subject(parcels: Iterable[Parcel]) -> Iterator[Sequence[Parcel]]:
    """Yield the parcels of each subject in their order."""
    by_subject = sorted(parcels, key=lambda parcel: (parcel.subject, parcel.sequence))
    for _, group in groupby(by_subject, key=attrgetter("subject")):
        yield list(group)
