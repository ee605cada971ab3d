"""The wire: one CloudEvents 1.0 document per event, by the NLGov profile 1.1 and its draft URN rules.

Written in structured mode only, with the content type and no mirrored `ce_` headers, so that Kafka, webhook and
pull carry the same bytes. Read in both modes: the content type decides which, as mirrored `ce_` headers may stand on
a structured message too; a message with neither content type nor `ce_` headers is read as structured.
An unset attribute may arrive as JSON null and is read as absent. Unknown extension attributes are passed over.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from pydantic import ValidationError

from shared.events.base import EventData, EventType, catalogue, entry_of
from shared.events.guard import refuse_personal_data_in_json
from shared.identity import MUNICIPALITY_PATTERN, Municipality, new_id

SPECVERSION = "1.0"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
DATA_CONTENT_TYPE = "application/json"
EVENT_SIZE_BYTES_MAX = 64 * 1024
DEFAULT_ORGANISATION_OIN = "00000099000000099000"
_REQUIRED = ("specversion", "id", "source", "type")
_FORMATS = ("application/cloudevents+json", "application/cloudevents")
_JSON = re.compile(r"(?:application|text)/(?:[^;\s]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LEAP_SECOND = re.compile(r"(T[0-9]{2}:[0-9]{2}:)60")
_MUNICIPALITY = re.compile(MUNICIPALITY_PATTERN.removesuffix("$"))
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_OIN = re.compile(r"[0-9]{20}")


class EventTooLargeError(ValueError):
    """The event's document is larger than EVENT_SIZE_BYTES_MAX. Refused when written, never when sent."""


class UnreadableEventError(ValueError):
    """The message is no CloudEvents document that this code can read; the sentence says why."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it stands on the wire; `data` is still JSON."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    municipality: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    data_base64: str | None = None

    @property
    def deduplication_id(self) -> UUID:
        """The id under which consumers remember the event: its own UUID, or one derived from source and id."""
        return deduplication_id(self.source, self.id)


_DECODER = msgspec.json.Decoder(Envelope)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OURS = re.compile(r"urn:nld:oin:[0-9]{20}:systeem:meedoen-[a-z]+")


@lru_cache(maxsize=64)
def _is_ours(source: str) -> bool:
    return _OURS.fullmatch(source) is not None


def deduplication_id(source: str, event_id: str) -> UUID:
    """CloudEvents ids are unique with their source; ours are unique UUIDs already, others are hashed with it."""
    if _UUID.fullmatch(event_id) and _is_ours(source):
        return msgspec.convert(event_id, UUID)
    return uuid5(NAMESPACE_URL, f"{source} {event_id}")


@cache
def source_urn(service: str, organisation_oin: str = DEFAULT_ORGANISATION_OIN) -> str:
    """The CloudEvents `source`: organisation first, then system, general to specific (draft URN rules)."""
    if not _OIN.fullmatch(organisation_oin):
        raise ValueError("The organisation's OIN is not twenty digits: give the number from the OIN register.")
    return f"urn:nld:oin:{organisation_oin}:systeem:meedoen-{service}"


class WrittenEvent(msgspec.Struct, frozen=True):
    """An event ready for the outbox."""

    event_id: UUID
    topic: str
    key: str
    payload: bytes
    trace: str | None = None


def write_event(
    data: EventData,
    *,
    municipality: Municipality,
    logged_at: datetime | None = None,
    event_id: UUID | None = None,
    traceparent: str | None = None,
    organisation_oin: str = DEFAULT_ORGANISATION_OIN,
) -> WrittenEvent:
    """The structured JSON document of a fact, at most EVENT_SIZE_BYTES_MAX bytes (else EventTooLargeError).

    Raises PersonalDataFoundError, or ValueError for a municipality, OIN or moment without offset that cannot be.
    A `traceparent` that cannot be read is left out, as W3C trace context asks.
    """
    entry, key = data.event_type, data.key
    event_id = event_id or new_id()
    if not _MUNICIPALITY.fullmatch(municipality):
        raise ValueError(f"'{municipality}' is no municipality: give its CBS code in lower case, such as gm0637.")
    envelope = Envelope(
        specversion=SPECVERSION,
        id=str(event_id),
        source=source_urn(entry.service, organisation_oin),
        type=entry.type,
        subject=key,
        time=_rfc3339(logged_at or datetime.now(UTC)),
        datacontenttype=DATA_CONTENT_TYPE,
        dataschema=entry.dataschema,
        municipality=municipality,
        traceparent=traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else None,
        data=msgspec.Raw(data.model_dump_json(exclude_none=True)),
    )
    payload = msgspec.json.encode(envelope)
    if len(payload) > EVENT_SIZE_BYTES_MAX:
        raise EventTooLargeError(
            f"{entry.name} is {len(payload)} bytes and the largest event is {EVENT_SIZE_BYTES_MAX}: "
            "split the fact, or keep the large part in the service and refer to it by id."
        )
    refuse_personal_data_in_json(payload)
    return WrittenEvent(event_id, entry.topic.name, key, payload, envelope.traceparent)


def read_own(value: bytes | None) -> Envelope:
    """`read_event` for a message whose content type is exactly CONTENT_TYPE, which is what Meedoen itself writes."""
    return _checked(_structured(value, _FORMATS[0]))


def read_event(value: bytes | None, headers: Mapping[str, bytes | str | None] | None = None) -> Envelope:
    """The event in a Kafka message, structured or binary; UnreadableEventError with a sentence when it is none."""
    texts = {name.lower(): item for name, item in (headers or {}).items() if item is not None}
    content_type = _text(texts.get("content-type", ""))
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("application/cloudevents"):
        return _checked(_structured(value, media_type))
    if not media_type and "ce_specversion" not in texts:
        return _checked(_structured(value, _FORMATS[0]))
    return _checked(_binary(value, content_type, texts))


def read_data(envelope: Envelope) -> EventData:
    """The fact itself, checked against the contract; UnreadableEventError names the fields that break it."""
    entry = known_type(envelope)
    if entry is None:
        raise UnreadableEventError(f"The type {envelope.type} is not in the catalogue: update this service.")
    try:
        return entry.model.model_validate_json(bytes(envelope.data))
    except ValidationError as problem:
        fields = ", ".join(".".join(map(str, error["loc"])) or "data" for error in problem.errors())
        raise UnreadableEventError(f"The data of {entry.type} breaks its schema at: {fields}.") from None


def known_type(envelope: Envelope) -> EventType | None:
    """The catalogue's entry for the event, or None for a type or version that this code does not know."""
    return entry_of(envelope.type)


def is_newer_version(envelope: Envelope) -> bool:
    """Whether the type is one we know under a lower version number."""
    stem, version = _stem_and_version(envelope.type)
    return any(other == stem and known < version for other, known in (_stem_and_version(name) for name in catalogue()))


def _stem_and_version(type_name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+)\.v([1-9][0-9]{0,8})", type_name)
    return (match[1], int(match[2])) if match else (type_name, 0)


def _structured(value: bytes | None, media_type: str) -> Envelope:
    if media_type not in _FORMATS:
        raise UnreadableEventError("The content type is not that of one event in JSON, which is what is read here.")
    if value is None:
        raise UnreadableEventError("The message is empty: a structured event is one JSON document.")
    try:
        envelope = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableEventError(f"The message is no CloudEvents JSON document: {problem}.") from problem
    return envelope if envelope.data_base64 is None else _unwrapped(envelope)


def _unwrapped(envelope: Envelope) -> Envelope:
    """JSON data may also travel as base64; then it is all there is."""
    if bytes(envelope.data) != b"null":
        raise UnreadableEventError("The event has both data and data_base64: CloudEvents allows one of them.")
    try:
        data = b64decode(envelope.data_base64 or "", validate=True)
    except Base64Error as problem:
        raise UnreadableEventError("The event's data_base64 is no base64.") from problem
    return msgspec.structs.replace(envelope, data=_json(data), data_base64=None)


def _binary(value: bytes | None, content_type: str, headers: Mapping[str, bytes | str]) -> Envelope:
    attributes = {name[3:]: _text(item) for name, item in headers.items() if name.startswith("ce_")}
    missing = [name for name in _REQUIRED if name not in attributes]
    if missing:
        raise UnreadableEventError(f"The binary event lacks the header ce_{missing[0]}: CloudEvents requires it.")
    known: dict[str, Any] = {name: attributes[name] for name in Envelope.__struct_fields__ if name in attributes}
    return Envelope(**{**known, "datacontenttype": content_type or None, "data": _json(value), "data_base64": None})


def _json(value: bytes | None) -> msgspec.Raw:
    """The data of a binary event, looked at here so that nobody meets broken JSON later."""
    try:
        msgspec.json.decode(value or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableEventError(f"The event's data is no JSON: {problem}.") from problem
    return msgspec.Raw(value or b"null")


def _checked(envelope: Envelope) -> Envelope:
    if envelope.specversion != SPECVERSION:
        raise UnreadableEventError(f"The event's specversion is not {SPECVERSION}, which is the one that is read.")
    for name in ("id", "source", "type"):
        if not getattr(envelope, name):
            raise UnreadableEventError(f"The event's {name} is empty: CloudEvents requires it.")
    if envelope.municipality is not None and not _is_municipality(envelope.municipality):
        raise UnreadableEventError("The event's municipality is no CBS code in lower case, such as gm0637.")
    if envelope.time is not None and not _is_moment(envelope.time):
        raise UnreadableEventError("The event's time is no moment by RFC 3339, such as 2026-07-01T10:00:00Z.")
    if envelope.datacontenttype and not _is_json(envelope.datacontenttype):
        raise UnreadableEventError("The event's datacontenttype is not JSON, which is the one that is read.")
    return envelope


@lru_cache(maxsize=256)
def moment_of(time: str) -> datetime:
    """The moment that a `time` by RFC 3339 says; ValueError for one that no clock shows. A leap second is the 59th.

    Remembered, as facts that are told together were logged at one moment.
    """
    return datetime.fromisoformat(_LEAP_SECOND.sub(r"\g<1>59", time.upper()))


@lru_cache(maxsize=256)
def _is_moment(time: str) -> bool:
    try:
        return _RFC3339.fullmatch(time) is not None and moment_of(time) is not None
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _is_municipality(text: str) -> bool:
    return _MUNICIPALITY.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    return _JSON.fullmatch(content_type) is not None


def _text(value: bytes | str) -> str:
    try:
        return value if isinstance(value, str) else value.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise UnreadableEventError("A header of the event is not UTF-8: CloudEvents requires it.") from problem


def _rfc3339(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("The moment has no offset: give it in UTC.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
