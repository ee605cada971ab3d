"""Delivery: a message as it leaves, what came of an attempt, when one is given up, and when letters wait."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.notifications.messages.rules.messages import MessageProblem, MessageText
from shared.events import DeliveryParked, NotificationSent
from shared.events.codes import MessageChannel

BURST_MESSAGES = 100
LULL_SECONDS = 0.25
BURST_SECONDS_MAX = 10.0


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


@dataclass(frozen=True)
class Claimed:
    """A message that this worker may hand over until its lease ends; `attempts` counts this one too.

    `dated_words` are those that are stored once it is sent, of a message that holds that day.
    """

    outgoing: Outgoing
    person_id: UUID
    template: str
    attempts: int
    is_in_words: bool = True
    dated_words: MessageText | None = None


@dataclass(frozen=True)
class Attempt:
    """What came of one delivery; no problem means that it was handed over."""

    message: Claimed
    problem: MessageProblem | None


class Burst:
    """Many messages at once: all that is to be written is queued first, and letters leave in the lull after it.

    They wait no longer than BURST_SECONDS_MAX, however long the burst goes on. Without a burst no message waits.
    """

    def __init__(self) -> None:
        self._began = self._lull = 0.0

    def add(self, queued: int, now_seconds: float) -> None:
        if queued < BURST_MESSAGES:
            return
        if now_seconds >= self._lull:
            self._began = now_seconds
        self._lull = now_seconds + LULL_SECONDS

    def wait_seconds(self, now_seconds: float) -> float:
        return max(0.0, min(self._lull, self._began + BURST_SECONDS_MAX) - now_seconds)


def is_given_up(problem: MessageProblem, attempts: int, attempts_max: int) -> bool:
    """Return whether a delivery is parked: a refused address at once, anything else after the last attempt."""
    return problem is MessageProblem.ADDRESS_REFUSED or attempts >= attempts_max


def sent_event(message: Claimed, sent_on: date) -> NotificationSent:
    return NotificationSent(
        person_id=message.person_id,
        message_id=message.outgoing.id,
        template=message.template,
        language=message.outgoing.language,
        channel=message.outgoing.channel,
        sent_on=sent_on,
    )


def parked_event(person_id: UUID, message_id: UUID, problem: MessageProblem, parked_on: date) -> DeliveryParked:
    return DeliveryParked(person_id=person_id, message_id=message_id, problem=problem.published, parked_on=parked_on)
