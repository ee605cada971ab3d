"""What the feed itself tells a partner: a link ended, an event was taken back, the day's digest, a test."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

_PREFIX: Final = "nl.meedoen.subscriptions"


class LinkEndReason(StrEnum):
    """Why a partner receives nothing more about a person."""

    MANDATE_ENDED = "mandate_ended"
    RELIEF_ENDED = "relief_ended"
    RECORDED = "recorded"
    WITHDRAWN = "withdrawn"


class Notice(BaseModel):
    """The base of what the feed tells."""

    model_config = ConfigDict(frozen=True)


class LinkEnded(Notice):
    """Nothing more comes about this person, unless a new link begins."""

    ended_on: date = Field(description="First day on which the link no longer holds")
    reason: LinkEndReason = Field(description="Why it ended; `withdrawn`: delete what you received about this person")


class EventTakenBack(Notice):
    """The event with this number is no longer given, as the person withdrew: it keeps its number and has no content."""


class DigestPublished(Notice):
    """What the log of the subscription holds since the digest before, to prove that nothing is missing."""

    day: date = Field(description="Day that the digest is about")
    first_sequence: int = Field(ge=0, description="First number; 0 if there was none")
    last_sequence: int = Field(ge=0, description="Last number; 0 if there was none")
    documents: int = Field(ge=0, description="How many there were")
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 over a line for each: its sequence, a space, its id and a line feed",
    )


class TestDelivered(Notice):
    """A test, asked for by the partner; it is about nobody."""


TYPES: Final[dict[type[Notice], str]] = {
    LinkEnded: f"{_PREFIX}.link-ended.v1",
    EventTakenBack: f"{_PREFIX}.event-taken-back.v1",
    DigestPublished: f"{_PREFIX}.digest-published.v1",
    TestDelivered: f"{_PREFIX}.test-delivered.v1",
}


def compute_digest(day: date, documents: Iterable[tuple[int, UUID]]) -> DigestPublished:
    """Return the digest over numbers and ids in order."""
    digest, sequences = sha256(), []
    for sequence, document_id in documents:
        digest.update(f"{sequence} {document_id}\n".encode())
        sequences.append(sequence)
    first, last = (sequences[0], sequences[-1]) if sequences else (0, 0)
    return DigestPublished(
        day=day, first_sequence=first, last_sequence=last, documents=len(sequences), sha256=digest.hexdigest()
    )
