"""The port through which every message leaves, and the two ways in which it can fail.

    DeliveryFailedError
    +-- AddressRefusedError   will not work with this address: set aside until someone mends it
    +-- NotReachedError       did not work now: tried again after a while

Handing over the same message twice must be harmless. In a folder it is: the second file replaces the first. A mail
server may have sent the first already; then both bear the same Message-ID.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.events.codes import DeliveryProblem, MessageChannel


@dataclass(frozen=True)
class Outgoing:
    """A message with all it needs to leave. `recipient` is None for a letter; `queued_at` is its date."""

    id: UUID
    municipality: str
    channel: MessageChannel
    language: str
    sender: str
    sender_name: str
    recipient: str | None
    recipient_name: str | None
    subject: str
    text: str
    html: str
    queued_at: datetime


class DeliveryFailedError(Exception):
    """The message was not handed over; the text names no address."""

    problem = DeliveryProblem.UNREACHABLE


class AddressRefusedError(DeliveryFailedError):
    """There is no address, or its server does not take it."""

    problem = DeliveryProblem.ADDRESS_REFUSED


class NotReachedError(DeliveryFailedError):
    """The folder can not be written, or the server does not answer or says "later"."""


class DeliveryPort(Protocol):
    """Hands one message over, or raises DeliveryFailedError."""

    async def deliver(self, message: Outgoing) -> None: ...
