"""Messages: what is queued, what is on record, and whether one can be sent again."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from services.notifications.contacts.rules import Contact, choose_channel
from services.notifications.messages.rules.notices import Audience
from shared.errors.refusals import ConflictError
from shared.events.codes import DeliveryProblem, MessageChannel

MESSAGES_QUEUED = "messages_queued"
"""The signal, once their transaction has committed, that so many messages wait for delivery."""


class MessageState(StrEnum):
    """Where a message is. `queued` is claimed by the worker, `parked` waits for a person who releases it."""

    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"


class MessageProblem(StrEnum):
    """Why a message is late or parked. `contact_incomplete`: a letter waits for a name and an address."""

    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    CONTACT_INCOMPLETE = "contact_incomplete"
    NOT_PRINTABLE = "not_printable"

    @property
    def published(self) -> DeliveryProblem:
        """Return what others are told: whether the address or the way is to blame."""
        address = (MessageProblem.ADDRESS_REFUSED, MessageProblem.CONTACT_INCOMPLETE)
        return DeliveryProblem.ADDRESS_REFUSED if self in address else DeliveryProblem.UNREACHABLE


@dataclass(frozen=True)
class MessageText:
    """What a message says. `language` is one of ours, or `mul`; `is_dated`: it holds the day on which it is sent."""

    language: str
    subject: str
    text: str
    html: str
    is_dated: bool = False


@dataclass(frozen=True)
class Message:
    """A message that will go out; `draft` is what it will say, put into words when it leaves."""

    id: UUID
    event_id: UUID
    audience: Audience
    person_id: UUID
    template: str
    language: str
    channel: MessageChannel
    draft: str


@dataclass(frozen=True)
class MessageFilter:
    """Which messages are asked for; None asks for any. All messages of one letter have its reference."""

    person_id: UUID | None = None
    state: MessageState | None = None
    reference: str | None = None


@dataclass(frozen=True)
class MessageRecord:
    """A message on record. It has a draft until it is claimed for delivery, subject and text from then on."""

    id: UUID
    municipality: str
    audience: Audience
    person_id: UUID
    template: str
    language: str
    channel: MessageChannel
    draft: str | None
    subject: str | None
    body_text: str | None
    state: MessageState
    problem: MessageProblem | None
    attempts: int
    sent_on: date | None
    reference: str | None = None


def message_id(event_id: UUID, audience: Audience) -> UUID:
    """Return the id of the one message per fact and audience: the same two always give the same id."""
    return uuid5(event_id, f"message for {audience}")


def choose_release_channel(message: MessageRecord, contact: Contact | None) -> MessageChannel:
    """Return the channel by which a parked message goes out again: to a person, the one that the person has now."""
    if message.state is not MessageState.PARKED:
        raise ConflictError("message_not_parked", "This message is not parked: only a parked delivery can be released.")
    if message.audience is Audience.PERSON and contact is not None:
        channel = choose_channel(contact)
        if channel is MessageChannel.LETTER and not contact.can_get_letters:
            raise ConflictError("contact_incomplete", "A letter needs a name and an address: enter them first.")
        return channel
    return message.channel
