"""What a partner receives: a CloudEvents document of its own, in which nothing links it to those of another partner.

Id and subject are derived with the partner's key, the time is the hour, and there is no trace: equal ones would let two
partners find out that they know the same person. `sequence` counts without a gap within the subscription (NLGov profile
for CloudEvents 1.1, sequencetype Integer).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from shared.events.envelope import DATA_CONTENT_TYPE, SPECVERSION, source_urn

_VERSION: Final = 8  # RFC 9562: an id of our own making
SEQUENCE_TYPE: Final = "Integer"


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as a partner gets it; its bytes are the same by webhook, cursor and Kafka."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str
    datacontenttype: str
    dataschema: str
    municipality: str
    sequence: str
    sequencetype: str
    data: Mapping[str, Any]


def derive_pseudonym(key: bytes, person_id: UUID) -> UUID:
    """Return the id by which one partner knows a person, always the same and nobody else's."""
    return _derive(key, b"person", person_id.bytes)


def derive_document_id(key: bytes, subscription_id: UUID, origin: bytes) -> UUID:
    """Return the id of a document in a subscription; `origin` is what it was made of."""
    return _derive(key, b"document", subscription_id.bytes + origin)


def _derive(key: bytes, use: bytes, value: bytes) -> UUID:
    digest = bytearray(hmac.digest(key, use + value, sha256)[:16])
    digest[6] = digest[6] & 0x0F | _VERSION << 4
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def write_document(  # noqa: PLR0913 - the parts of one document
    *,
    document_id: UUID,
    type_name: str,
    subject: UUID | None,
    logged_at: datetime,
    schema_url: str,
    municipality: str,
    sequence: int,
    data: Mapping[str, Any],
    organisation_oin: str,
) -> bytes:
    """Return the document as JSON."""
    hour = logged_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    document = Document(
        specversion=SPECVERSION,
        id=str(document_id),
        source=source_urn("notifications", organisation_oin),
        type=type_name,
        subject=str(subject) if subject else None,
        time=hour.strftime("%Y-%m-%dT%H:%M:%SZ"),
        datacontenttype=DATA_CONTENT_TYPE,
        dataschema=schema_url,
        municipality=municipality,
        sequence=str(sequence),
        sequencetype=SEQUENCE_TYPE,
        data=data,
    )
    return msgspec.json.encode(document)
