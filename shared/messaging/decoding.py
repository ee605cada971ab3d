"""Decode a Kafka message into an event for a handler, or into the reason why no handler can take it.

Nothing here touches a database: a message is decoded, its type looked up, its data validated against the contract.
The result can be stored in PostgreSQL whatever bytes came in: neither a zero byte nor a long key stops a consumer.
"""

import base64
import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from asyncpg.pgproto import pgproto
from pydantic import ValidationError

from shared.events import DayStarted
from shared.events.envelope import (
    CONTENT_TYPE,
    DEFAULT_ORGANISATION_OIN,
    EVENT_SIZE_BYTES_MAX,
    Envelope,
    UnreadableEventError,
    find_type,
    is_newer_version,
    read_event,
    read_own_event,
)
from shared.messaging.authorship import Authorship
from shared.messaging.days import DayRules
from shared.messaging.held import HeldEvent, Key
from shared.messaging.outcome import APART, HoldReason, Park
from shared.messaging.subscription import Received, Subscription

KEY_BYTES_MAX = 512
TYPE_LENGTH_MAX = 200
_DIGEST_BYTES = 8
_NOT_TEXT = "base64:"
_NOT_SERVED = Park(
    HoldReason.UNKNOWN_MUNICIPALITY,
    "The municipality of the event is not served here: add it to MUNICIPALITIES, or discard the event.",
)
_OWN_HEADER = ("content-type", CONTENT_TYPE.encode())


class Message(msgspec.Struct, frozen=True, gc=False):
    """One Kafka record as it came."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class IncomingEvent(msgspec.Struct, frozen=True, gc=False):
    """A decoded message: either `received` and its `subscription`, or the `problem` that keeps it from a handler.

    One that is set apart has an id and a key of its own, and not those that it claims.
    """

    event_id: UUID
    key: Key
    message: Message
    envelope: Envelope | None
    subscription: Subscription | None = None
    received: Received[Any] | None = None
    problem: Park | None = None

    @property
    def is_apart(self) -> bool:
        """Return whether nothing that the message says of itself is believed."""
        return self.problem is not None and self.problem.reason in APART

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
        """Return the event as a held event in state waiting; of one set apart, no more bytes than an event may have."""
        payload, headers = self.message.value, self.message.headers
        if self.is_apart:
            payload = payload and payload[:EVENT_SIZE_BYTES_MAX]
            headers = headers if _count_bytes(headers) <= EVENT_SIZE_BYTES_MAX else ()
        return HeldEvent(
            event_id=self.event_id,
            topic=self.key[0],
            key=self.key[1],
            event_type=_replace_zero_bytes(self.envelope.type)[:TYPE_LENGTH_MAX] if self.envelope else "unreadable",
            municipality=self.envelope.municipality if self.envelope else None,
            payload=payload,
            headers={_replace_zero_bytes(name): _header_text(value) for name, value in headers if value is not None},
            record_key=self.message.key and self.message.key[:EVENT_SIZE_BYTES_MAX] if self.is_apart else None,
            is_believed=not self.is_apart,
        )


class Decoder:
    """Decodes messages for the subscriptions of one service."""

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        municipalities: frozenset[str],
        *,
        organisation_oin: str = DEFAULT_ORGANISATION_OIN,
        days: DayRules | None = None,
    ) -> None:
        # pydantic's `model_validate_json` without its wrapper, which costs a tenth of the validation.
        self._by_type: Mapping[str, tuple[Subscription, Callable[[bytes], Any]]] = {
            line.event.event_type.type: (line, line.event.__pydantic_validator__.validate_json)
            for line in subscriptions
        }
        self._municipalities = municipalities
        self._authorship = Authorship(organisation_oin)
        self._days = days

    def decode(self, message: Message) -> IncomingEvent:
        """Decode one message. Never raises for its content: a problem becomes a Park with its reason."""
        try:
            is_own = bool(message.headers) and message.headers[0] == _OWN_HEADER
            envelope = read_own_event(message.value) if is_own else read_event(message.value, dict(message.headers))
            return self._match(envelope, message)
        except UnreadableEventError as problem:
            return set_apart(message, None, Park(HoldReason.UNREADABLE, str(problem)))
        except Exception as problem:  # noqa: BLE001 - no message stops the consumer, whatever it does to its decoders
            sentence = f"Decoding the message failed with {type(problem).__name__}: discard it."
            return set_apart(message, None, Park(HoldReason.UNREADABLE, sentence))

    def decode_held(self, held: HeldEvent) -> IncomingEvent:
        """Decode a held event again, by the code and settings of now. One set apart may be believed by now."""
        headers: list[tuple[str, bytes | None]] = [(name, _header_bytes(text)) for name, text in held.headers.items()]
        key = held.key.encode() if held.is_believed else held.record_key
        message = Message(held.topic, -1, -1, key, held.payload, headers)
        event = self.decode(message)
        if not held.is_believed:
            return event
        return IncomingEvent(
            held.event_id,
            (held.topic, held.key),
            message,
            event.envelope,
            event.subscription,
            event.received,
            event.problem,
        )

    def _match(self, envelope: Envelope, message: Message) -> IncomingEvent:
        misfit = self._authorship.find_misfit(envelope.type, envelope.source, message.topic)
        if misfit is not None:
            return set_apart(message, envelope, misfit)
        event_id, key = _deduplication_id_of(envelope), (message.topic, _key_text(message.key or b""))
        subscribed, problem = self._by_type.get(envelope.type), None
        if subscribed is None:
            problem = _park_unknown_type(envelope)
            if problem is None:
                return IncomingEvent(event_id, key, message, envelope)
        elif envelope.municipality not in self._municipalities:
            problem = _NOT_SERVED
        else:
            subscription, validate_json = subscribed
            try:
                data = validate_json(bytes(envelope.data))
            except ValidationError as invalid:
                problem = Park(HoldReason.INVALID_DATA, _describe_fields(invalid))
            else:
                received = Received(data, event_id, envelope.municipality, envelope.time)
                misfit = self._find_misfit(envelope.type, received, message.key)
                if misfit is not None:
                    return set_apart(message, envelope, misfit)
                return IncomingEvent(event_id, key, message, envelope, subscription, received)
        misfit = self._authorship.find_misfit_of_subject(envelope.subject, message.key)
        if misfit is not None:
            return set_apart(message, envelope, misfit)
        return IncomingEvent(event_id, key, message, envelope, problem=problem)

    def _find_misfit(self, event_type: str, received: Received[Any], record_key: bytes | None) -> Park | None:
        data = received.data
        misfit = self._authorship.find_misfit_of_data(event_type, data, received.municipality, record_key)
        if misfit is None and self._days is not None and isinstance(data, DayStarted):
            return self._days.find_implausible(received.event_id, data.municipality, data.date)
        return misfit


def digest_bodies(events: Sequence[IncomingEvent]) -> tuple[int, ...]:
    """Return a digest of each document, by which another event with the same id is told from the same one."""
    digests = [hashlib.blake2b(event.message.value or b"", digest_size=_DIGEST_BYTES).digest() for event in events]
    return struct.unpack(f">{len(digests)}q", b"".join(digests))


def _deduplication_id_of(envelope: Envelope) -> UUID:
    """Return the id to deduplicate by, of an event whose source fits: a UUID in its usual form is the id itself.

    It is the driver's UUID, written in C: parsed, compared and sent to the database faster than Python's own.
    """
    try:
        event_id: UUID = pgproto.UUID(envelope.id)
    except ValueError:
        return envelope.deduplication_id
    return event_id if str(event_id) == envelope.id else envelope.deduplication_id


def set_apart(message: Message, envelope: Envelope | None, problem: Park) -> IncomingEvent:
    """Return a message of which nothing is believed, neither its id nor its key.

    It is identified by its offset and its bytes: a broker that was wiped gives the same offsets to others.
    """
    location = f"{message.topic}/{message.partition}/{message.offset}"
    digest = hashlib.sha256(message.value or b"").hexdigest()
    event_id = uuid5(NAMESPACE_OID, f"{location} {digest}")
    return IncomingEvent(event_id, (message.topic, f"apart:{event_id}"), message, envelope, problem=problem)


def _count_bytes(headers: Sequence[tuple[str, bytes | None]]) -> int:
    return sum(len(name) + len(value or b"") for name, value in headers)


def _key_text(key: bytes) -> str:
    """Return the record key as text that PostgreSQL can store and index; a digest for a key that is not such text."""
    if len(key) <= KEY_BYTES_MAX and (text := _text(key)) is not None:
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
