"""The wire format: one CloudEvents 1.0 document per event, by the NLGov profile 1.1 and its draft URN rules.

Written in structured mode only, with the content type and no mirrored `ce_` headers, so that Kafka, webhook and
pull carry the same bytes. Read in both modes: the content type decides which, as a structured message may have
mirrored `ce_` headers too; a message with neither content type nor `ce_` headers is read as structured.
An unset attribute may arrive as JSON null and is read as absent. Unknown extension attributes are ignored.
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

from shared.events.base import EventData, EventType, catalogue, find_entry
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
    """The message is not a CloudEvents document that this code can read; the sentence says why."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One event as it is on the wire; `data` is still JSON."""

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
        """Return the id that consumers deduplicate by: the event's own UUID, or one derived from source and id."""
        return deduplication_id(self.source, self.id)


_DECODER = msgspec.json.Decoder(Envelope)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OURS = re.compile(r"urn:nld:oin:[0-9]{20}:systeem:meedoen-[a-z]+")


@lru_cache(maxsize=64)
def _is_ours(source: str) -> bool:
    return _OURS.fullmatch(source) is not None


def deduplication_id(source: str, event_id: str) -> UUID:
    """Return the UUID to deduplicate by: our ids as they are, and others hashed with their source."""
    if _UUID.fullmatch(event_id) and _is_ours(source):
        return msgspec.convert(event_id, UUID)
    return uuid5(NAMESPACE_URL, f"{source} {event_id}")


@cache
def source_urn(service: str, organisation_oin: str = DEFAULT_ORGANISATION_OIN) -> str:
    """Return the CloudEvents `source`: organisation first, then system, general to specific (draft URN rules)."""
    if not _OIN.fullmatch(organisation_oin):
        raise ValueError("The OIN of the organisation is not twenty digits: give the number from the OIN register.")
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
    """Write the structured JSON document of an event, at most EVENT_SIZE_BYTES_MAX bytes (else EventTooLargeError).

    Raises PersonalDataFoundError, or ValueError for a wrong municipality or OIN or a moment without offset.
    A malformed `traceparent` is left out, as W3C trace context prescribes.
    """
    entry, key = data.event_type, data.key
    event_id = event_id or new_id()
    if not _MUNICIPALITY.fullmatch(municipality):
        raise ValueError(f"'{municipality}' is not a municipality: give its CBS code in lower case, such as gm0637.")
    envelope = Envelope(
        specversion=SPECVERSION,
        id=str(event_id),
        source=source_urn(entry.service, organisation_oin),
        type=entry.type,
        subject=key,
        time=_format_rfc3339(logged_at or datetime.now(UTC)),
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
            "split the event, or store the large part in the service and refer to it by id."
        )
    refuse_personal_data_in_json(payload)
    return WrittenEvent(event_id, entry.topic.name, key, payload, envelope.traceparent)


def read_own_event(value: bytes | None) -> Envelope:
    """Read an event whose content type is exactly CONTENT_TYPE, which is what Meedoen itself writes."""
    return _validate(_read_structured(value, _FORMATS[0]))


def read_event(value: bytes | None, headers: Mapping[str, bytes | str | None] | None = None) -> Envelope:
    """Read the event in a Kafka message, structured or binary; UnreadableEventError if it is not an event."""
    texts = {name.lower(): item for name, item in (headers or {}).items() if item is not None}
    content_type = _decode_text(texts.get("content-type", ""))
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("application/cloudevents"):
        return _validate(_read_structured(value, media_type))
    if not media_type and "ce_specversion" not in texts:
        return _validate(_read_structured(value, _FORMATS[0]))
    return _validate(_read_binary(value, content_type, texts))


def read_data(envelope: Envelope) -> EventData:
    """Return the data of the event, validated against the contract; UnreadableEventError names the wrong fields."""
    entry = find_type(envelope)
    if entry is None:
        raise UnreadableEventError(f"The type {envelope.type} is not in the catalogue: upgrade this service.")
    try:
        return entry.model.model_validate_json(bytes(envelope.data))
    except ValidationError as problem:
        fields = ", ".join(".".join(map(str, error["loc"])) or "data" for error in problem.errors())
        raise UnreadableEventError(f"The data of {entry.type} does not match its schema at: {fields}.") from None


def find_type(envelope: Envelope) -> EventType | None:
    """Return the catalogue entry of the event; None for a type or version that this code does not know."""
    return find_entry(envelope.type)


def is_newer_version(envelope: Envelope) -> bool:
    """Return whether the catalogue has this type under a lower version number."""
    stem, version = _split_version(envelope.type)
    entries = (_split_version(name) for name in catalogue())
    return any(entry_stem == stem and entry_version < version for entry_stem, entry_version in entries)


def _split_version(type_name: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+)\.v([1-9][0-9]{0,8})", type_name)
    return (match[1], int(match[2])) if match else (type_name, 0)


def _read_structured(value: bytes | None, media_type: str) -> Envelope:
    if media_type not in _FORMATS:
        raise UnreadableEventError("The content type is not that of one event in JSON: no other type can be read.")
    if value is None:
        raise UnreadableEventError("The message is empty: a structured event is one JSON document.")
    try:
        envelope = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableEventError(f"The message is not a CloudEvents JSON document: {problem}.") from problem
    return envelope if envelope.data_base64 is None else _decode_base64(envelope)


def _decode_base64(envelope: Envelope) -> Envelope:
    """Return the envelope with the JSON data that came as base64, which excludes plain data."""
    if bytes(envelope.data) != b"null":
        raise UnreadableEventError("The event has both data and data_base64: CloudEvents allows one of them.")
    try:
        data = b64decode(envelope.data_base64 or "", validate=True)
    except Base64Error as problem:
        raise UnreadableEventError("The data_base64 of the event is not base64.") from problem
    return msgspec.structs.replace(envelope, data=_validate_json(data), data_base64=None)


def _read_binary(value: bytes | None, content_type: str, headers: Mapping[str, bytes | str]) -> Envelope:
    attributes = {name[3:]: _decode_text(item) for name, item in headers.items() if name.startswith("ce_")}
    missing = [name for name in _REQUIRED if name not in attributes]
    if missing:
        raise UnreadableEventError(f"The binary event lacks the header ce_{missing[0]}: CloudEvents requires it.")
    fields: dict[str, Any] = {name: attributes[name] for name in Envelope.__struct_fields__ if name in attributes}
    return Envelope(
        **{**fields, "datacontenttype": content_type or None, "data": _validate_json(value), "data_base64": None}
    )


def _validate_json(value: bytes | None) -> msgspec.Raw:
    """Return the data of a binary event, decoded once here so that broken JSON fails early."""
    try:
        msgspec.json.decode(value or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableEventError(f"The data of the event is not JSON: {problem}.") from problem
    return msgspec.Raw(value or b"null")


def _validate(envelope: Envelope) -> Envelope:
    if envelope.specversion != SPECVERSION:
        raise UnreadableEventError(f"The specversion of the event is not {SPECVERSION}: no other version can be read.")
    if not (envelope.id and envelope.source and envelope.type):
        name = next(name for name in ("id", "source", "type") if not getattr(envelope, name))
        raise UnreadableEventError(f"The {name} of the event is empty: CloudEvents requires it.")
    if envelope.municipality is not None and not _is_municipality(envelope.municipality):
        raise UnreadableEventError("The municipality of the event is not a CBS code in lower case, such as gm0637.")
    if envelope.time is not None and not _is_moment(envelope.time):
        raise UnreadableEventError("The time of the event is not an RFC 3339 time, such as 2026-07-01T10:00:00Z.")
    if envelope.datacontenttype and not _is_json(envelope.datacontenttype):
        raise UnreadableEventError("The datacontenttype of the event is not JSON: no other type can be read.")
    return envelope


@lru_cache(maxsize=256)
def parse_moment(time: str) -> datetime:
    """Return the moment of an RFC 3339 `time`; ValueError for a time that does not exist. A leap second is the 59th.

    Cached, as events that are published together were logged at one moment.
    """
    return datetime.fromisoformat(_LEAP_SECOND.sub(r"\g<1>59", time.upper()))


@lru_cache(maxsize=256)
def _is_moment(time: str) -> bool:
    try:
        return _RFC3339.fullmatch(time) is not None and parse_moment(time) is not None
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _is_municipality(text: str) -> bool:
    return _MUNICIPALITY.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    return _JSON.fullmatch(content_type) is not None


def _decode_text(value: bytes | str) -> str:
    try:
        return value if isinstance(value, str) else value.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise UnreadableEventError("A header of the event is not UTF-8: CloudEvents requires it.") from problem


def _format_rfc3339(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("The moment has no offset: give it in UTC.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
