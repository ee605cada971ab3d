"""The port through which every message leaves, and the two ways in which it can fail.

    DeliveryFailedError
    +-- AddressRefusedError   will not work with this address: parked until someone corrects it
    +-- NotReachedError       did not work now: tried again after a delay

Handing over the same message twice must be harmless. In a folder it is: the second file replaces the first. A mail
server may have sent the first already; then both have the same Message-ID.
"""

from typing import Protocol

from services.notifications.delivery.rules import Outgoing
from services.notifications.messages.rules.messages import MessageProblem


class DeliveryFailedError(Exception):
    """The message was not handed over; the text names no address."""

    problem = MessageProblem.UNREACHABLE


class AddressRefusedError(DeliveryFailedError):
    """There is no address, or its server does not accept it."""

    problem = MessageProblem.ADDRESS_REFUSED


class NotReachedError(DeliveryFailedError):
    """The folder cannot be written, or the server does not answer or says "later"."""


class DeliveryPort(Protocol):
    """Hands one message over, or raises DeliveryFailedError."""

    async def deliver(self, message: Outgoing) -> None: ...
