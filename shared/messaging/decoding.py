"""Decode a Kafka message into an event for a handler, or into the reason why no handler can take it.

Nothing here touches a database: a message is decoded, its type looked up, its data validated against the contract.
The result can be stored in PostgreSQL whatever bytes came in: neither a zero byte nor a long key stops a consumer.
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
    find_type,
    is_newer_version,
    read_event,
    read_own_event,
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


class IncomingEvent(msgspec.Struct, frozen=True):
    """A decoded message: either `received` and its `subscription`, or the `problem` that keeps it from a handler."""

    event_id: UUID
    key: Key
    message: Message
    envelope: Envelope | None
    subscription: Subscription | None = None
    received: Received[Any] | None = None
    problem: Park | None = None

    @property
    def is_subscribed(self) -> bool:
        """Return False for an event of a known type to which this service does not subscribe."""
        return self.subscription is not None or self.problem is not None

    @property
    def trace(self) -> str | None:
        """Return the traceparent of the step that published this event, or else of the start of its trace."""
        header = dict(self.message.headers).get("traceparent")
        return header.decode("ascii", "replace") if header else (self.envelope.traceparent if self.envelope else None)

    def to_held(self) -> HeldEvent:
        """Return the event as a held event in state waiting."""
        return HeldEvent(
            event_id=self.event_id,
            topic=self.key[0],
            key=self.key[1],
            event_type=_replace_zero_bytes(self.envelope.type)[:TYPE_LENGTH_MAX] if self.envelope else "unreadable",
            municipality=self.envelope.municipality if self.envelope else None,
            payload=self.message.value,
            headers={
                _replace_zero_bytes(name): _header_text(value)
                for name, value in self.message.headers
                if value is not None
            },
        )


class Decoder:
    """Decodes messages for the subscriptions of one service."""

    def __init__(self, subscriptions: Sequence[Subscription], municipalities: frozenset[str]) -> None:
        self._by_type: Mapping[str, Subscription] = {line.event.event_type.type: line for line in subscriptions}
        self._municipalities = municipalities

    def decode(self, message: Message) -> IncomingEvent:
        """Decode one message. Never raises for its content: a problem becomes a Park with its reason."""
        try:
            is_own = bool(message.headers) and message.headers[0] == _OWN_HEADER
            envelope = read_own_event(message.value) if is_own else read_event(message.value, dict(message.headers))
            key = _key_text(message.key or (envelope.subject or envelope.id).encode())
            return self._match(envelope, (message.topic, key), message)
        except UnreadableEventError as problem:
            return _unreadable(message, str(problem))
        except Exception as problem:  # noqa: BLE001 - no message stops the consumer, whatever it does to its decoders
            return _unreadable(message, f"Decoding the message failed with {type(problem).__name__}: discard it.")

    def decode_held(self, held: HeldEvent) -> IncomingEvent:
        """Decode a held event again, by the code and settings of now."""
        headers: list[tuple[str, bytes | None]] = [(name, _header_bytes(text)) for name, text in held.headers.items()]
        message = Message(held.topic, -1, -1, held.key.encode(), held.payload, headers)
        event = self.decode(message)
        return IncomingEvent(
            held.event_id,
            (held.topic, held.key),
            message,
            event.envelope,
            event.subscription,
            event.received,
            event.problem,
        )

    def _match(self, envelope: Envelope, key: Key, message: Message) -> IncomingEvent:
        event_id = envelope.deduplication_id
        subscription = self._by_type.get(envelope.type)
        if subscription is None:
            return IncomingEvent(event_id, key, message, envelope, problem=_park_unknown_type(envelope))
        if envelope.municipality not in self._municipalities:
            sentence = (
                "The municipality of the event is not served here: add it to MUNICIPALITIES, or discard the event."
            )
            return IncomingEvent(
                event_id, key, message, envelope, problem=Park(HoldReason.UNKNOWN_MUNICIPALITY, sentence)
            )
        try:
            data = subscription.event.model_validate_json(bytes(envelope.data))
        except ValidationError as problem:
            return IncomingEvent(
                event_id, key, message, envelope, problem=Park(HoldReason.INVALID_DATA, _describe_fields(problem))
            )
        received = Received(data, event_id, envelope.municipality, envelope.time)
        return IncomingEvent(event_id, key, message, envelope, subscription, received)


def _unreadable(message: Message, sentence: str) -> IncomingEvent:
    """Identify the message by its offset and its bytes: a broker that was wiped gives the same offsets to others."""
    location = f"{message.topic}/{message.partition}/{message.offset}"
    digest = hashlib.sha256(message.value or b"").hexdigest()
    key = (message.topic, _key_text(message.key or location.encode()))
    return IncomingEvent(
        uuid5(NAMESPACE_OID, f"{location} {digest}"), key, message, None, problem=Park(HoldReason.UNREADABLE, sentence)
    )


def _key_text(key: bytes) -> str:
    """Return the record key as text that PostgreSQL can store and index; a digest for a key that is not such text."""
    text = _text(key) if len(key) <= KEY_BYTES_MAX else None
    if text is not None:
        return text
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def _text(value: bytes) -> str | None:
    """Return the bytes as text; None if PostgreSQL cannot store them as text."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _replace_zero_bytes(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _header_text(value: bytes) -> str:
    text = _text(value)
    if text is not None and not text.startswith(_NOT_TEXT):
        return text
    return _NOT_TEXT + base64.b64encode(value).decode()


def _header_bytes(text: str) -> bytes:
    return base64.b64decode(text.removeprefix(_NOT_TEXT)) if text.startswith(_NOT_TEXT) else text.encode()


def _park_unknown_type(envelope: Envelope) -> Park | None:
    """Return None for a type that is in the catalogue and not subscribed to; any other type may not be skipped."""
    if find_type(envelope) is not None:
        return None
    if is_newer_version(envelope):
        sentence = "The event has a newer version than this service knows: upgrade the service, then release the event."
        return Park(HoldReason.NEWER_VERSION, sentence)
    return Park(
        HoldReason.UNKNOWN_TYPE,
        "The type of the event is not in the catalogue: upgrade the service, or discard the event.",
    )


def _describe_fields(problem: ValidationError) -> str:
    """Return a sentence that names the wrong fields and why they are wrong, without their values."""
    errors = problem.errors(include_input=False, include_url=False, include_context=False)
    listed = "; ".join(f"{'.'.join(map(str, error['loc'])) or 'data'}: {error['type']}" for error in errors[:10])
    return f"The data of the event does not match its schema ({listed}): let the publisher fix it and publish it again."
