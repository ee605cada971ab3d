"""From a Kafka message to something a handler can be asked about, or to the reason why it can not be.

Nothing here touches a database: a message is read, its type looked up, its data checked against the contract. What
comes out of here a database can keep, whatever bytes came in: neither a zero byte nor a long key stops a consumer.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from pydantic import ValidationError

from shared.events.envelope import (
    CONTENT_TYPE,
    Envelope,
    UnreadableEventError,
    is_newer_version,
    known_type,
    read_event,
    read_own,
)
from shared.messaging.held import HeldEvent, Key
from shared.messaging.outcome import HoldReason, Park
from shared.messaging.subscription import Received, Subscription

KEY_BYTES_MAX = 512
TYPE_LENGTH_MAX = 200
_NOT_TEXT = "base64:"
_OWN_HEADER = ("content-type", CONTENT_TYPE.encode())


class Message(msgspec.Struct, frozen=True):
    """One Kafka record as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class Arrival(msgspec.Struct, frozen=True):
    """A message made ready: either `received` and its `subscription`, or the `problem` that keeps it from a handler."""

    event_id: UUID
    key: Key
    message: Message
    envelope: Envelope | None
    subscription: Subscription | None = None
    received: Received[Any] | None = None
    problem: Park | None = None

    @property
    def is_for_us(self) -> bool:
        """False for a known event that this service does not listen to."""
        return self.subscription is not None or self.problem is not None

    @property
    def trace(self) -> str | None:
        """The traceparent of the step that told this event, or of its start."""
        header = dict(self.message.headers).get("traceparent")
        return header.decode("ascii", "replace") if header else (self.envelope.traceparent if self.envelope else None)

    def to_hold(self) -> HeldEvent:
        """The event as a row to keep, in state waiting."""
        return HeldEvent(
            event_id=self.event_id,
            topic=self.key[0],
            key=self.key[1],
            event_type=_plain(self.envelope.type)[:TYPE_LENGTH_MAX] if self.envelope else "unreadable",
            municipality=self.envelope.municipality if self.envelope else None,
            payload=self.message.value,
            headers={_plain(name): _header_text(value) for name, value in self.message.headers if value is not None},
        )


class Reader:
    """Makes messages ready for one service's subscriptions."""

    def __init__(self, subscriptions: Sequence[Subscription], municipalities: frozenset[str]) -> None:
        self._by_type: Mapping[str, Subscription] = {line.event.event_type.type: line for line in subscriptions}
        self._municipalities = municipalities

    def read(self, message: Message) -> Arrival:
        """Never raises for what is in the message: a problem becomes a Park with its reason."""
        try:
            is_ours = bool(message.headers) and message.headers[0] == _OWN_HEADER
            envelope = read_own(message.value) if is_ours else read_event(message.value, dict(message.headers))
            key = _key_text(message.key or (envelope.subject or envelope.id).encode())
            return self._placed(envelope, (message.topic, key), message)
        except UnreadableEventError as problem:
            return _unreadable(message, str(problem))
        except Exception as problem:  # noqa: BLE001 - no message stops the consumer, whatever it does to its readers
            return _unreadable(message, f"Reading the message failed with {type(problem).__name__}: discard it.")

    def reread(self, held: HeldEvent) -> Arrival:
        """A held event once more, as the code and settings are now."""
        headers: list[tuple[str, bytes | None]] = [(name, _header_bytes(text)) for name, text in held.headers.items()]
        message = Message(held.topic, -1, -1, held.key.encode(), held.payload, headers)
        arrival = self.read(message)
        return Arrival(
            held.event_id,
            (held.topic, held.key),
            message,
            arrival.envelope,
            arrival.subscription,
            arrival.received,
            arrival.problem,
        )

    def _placed(self, envelope: Envelope, key: Key, message: Message) -> Arrival:
        event_id = envelope.deduplication_id
        subscription = self._by_type.get(envelope.type)
        if subscription is None:
            return Arrival(event_id, key, message, envelope, problem=_unknown(envelope))
        if envelope.municipality not in self._municipalities:
            sentence = "The event's municipality is not served here: add it to MUNICIPALITIES, or discard the event."
            return Arrival(event_id, key, message, envelope, problem=Park(HoldReason.UNKNOWN_MUNICIPALITY, sentence))
        try:
            data = subscription.event.model_validate_json(bytes(envelope.data))
        except ValidationError as problem:
            return Arrival(event_id, key, message, envelope, problem=Park(HoldReason.INVALID_DATA, _fields(problem)))
        received = Received(data, event_id, envelope.municipality, envelope.time)
        return Arrival(event_id, key, message, envelope, subscription, received)


def _unreadable(message: Message, sentence: str) -> Arrival:
    """Known again by its place and its bytes: a broker that was wiped gives the same places to other messages."""
    place = f"{message.topic}/{message.partition}/{message.offset}"
    digest = hashlib.sha256(message.value or b"").hexdigest()
    key = (message.topic, _key_text(message.key or place.encode()))
    return Arrival(
        uuid5(NAMESPACE_OID, f"{place} {digest}"), key, message, None, problem=Park(HoldReason.UNREADABLE, sentence)
    )


def _key_text(key: bytes) -> str:
    """The record key as a text that a database can keep and index; of a key that is none, its digest."""
    text = _text(key) if len(key) <= KEY_BYTES_MAX else None
    if text is not None:
        return text
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def _text(value: bytes) -> str | None:
    """The text these bytes are, or None where PostgreSQL would take them for none."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _plain(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _header_text(value: bytes) -> str:
    text = _text(value)
    if text is not None and not text.startswith(_NOT_TEXT):
        return text
    return _NOT_TEXT + base64.b64encode(value).decode()


def _header_bytes(text: str) -> bytes:
    return base64.b64decode(text.removeprefix(_NOT_TEXT)) if text.startswith(_NOT_TEXT) else text.encode()


def _unknown(envelope: Envelope) -> Park | None:
    """None where the type is known and simply not ours; we may not pass over what we can not judge."""
    if known_type(envelope) is not None:
        return None
    if is_newer_version(envelope):
        sentence = "The event is of a newer version than this service knows: upgrade the service, then release it."
        return Park(HoldReason.NEWER_VERSION, sentence)
    return Park(
        HoldReason.UNKNOWN_TYPE, "The event's type is not in the catalogue: upgrade the service, or discard it."
    )


def _fields(problem: ValidationError) -> str:
    """Which fields are wrong and why, without their values."""
    errors = problem.errors(include_input=False, include_url=False, include_context=False)
    listed = "; ".join(f"{'.'.join(map(str, error['loc'])) or 'data'}: {error['type']}" for error in errors[:10])
    return f"The event's data does not fit its schema ({listed}): have the publisher mend it and send it anew."
