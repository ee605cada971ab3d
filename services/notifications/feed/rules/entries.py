"""What comes into which log: facts in their order, numbered without a gap, each once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.notifications.feed.rules.links import LinkBook, PersonUnlinked
from services.notifications.feed.rules.projection import project, select_fields
from services.notifications.partners.rules.partners import Partner
from services.notifications.subscriptions.rules.subscriptions import PartnerSubscription
from shared.events import EventData
from shared.events.partner_documents import derive_document_id, derive_pseudonym, write_document
from shared.events.partner_notices import TYPES, EventTakenBack, LinkEnded, Notice


class Entry(NamedTuple):
    """One document in the log of a subscription."""

    subscription_id: UUID
    sequence: int
    id: UUID
    origin: UUID
    person_id: UUID | None
    subject: UUID | None
    type: str
    document: bytes


@dataclass(frozen=True)
class Frame:
    """What the documents of a municipality have in common; `now` is for a fact that says no time."""

    municipality: str
    public_url: str
    organisation_oin: str
    now: datetime

    def find_schema_url(self, partner: Partner, type_name: str) -> str:
        """Return the address that answers with the schema of a type, as a purpose shows it."""
        return f"{self.public_url}/v1/event-schemas/{partner.purpose}/{type_name}"


class FeedWriter:
    """Writes entries for locked subscriptions, and remembers the last number of each."""

    def __init__(
        self,
        frame: Frame,
        partners: Sequence[Partner],
        subscriptions: Sequence[PartnerSubscription],
        written: Collection[tuple[UUID, UUID]] = (),
    ) -> None:
        self._frame = frame
        self._partners = {partner.id: partner for partner in partners}
        self._subscriptions = subscriptions
        self._written = set(written)
        self.last_sequences: dict[UUID, int] = {}

    def write_fact(
        self, fact: EventData, event_id: UUID, logged_at: datetime | None, book: LinkBook
    ) -> Iterator[Entry]:
        """Yield the entries of a fact: of the event itself, and of the links that it ends."""
        logged_at = logged_at or self._frame.now
        book.begin(fact)
        person_id: UUID | None = getattr(fact, "person_id", None)
        if person_id is not None:
            for subscription in self._subscriptions:
                values = self._select(subscription, fact, book)
                if values is not None:
                    entry = (subscription, fact.event_type.type, values, person_id)
                    yield from self._write(*entry, origin=event_id, logged_at=logged_at)
        for unlinked in book.finish(fact):
            origin = uuid5(event_id, str(unlinked.person_id))
            yield from self.write_unlinked(unlinked, origin, logged_at)

    def write_unlinked(self, unlinked: PersonUnlinked, origin: UUID, logged_at: datetime) -> Iterator[Entry]:
        """Yield the notices that nothing more comes about a person, one for each subscription of the partner."""
        notice = LinkEnded(ended_on=unlinked.ended_on, reason=unlinked.reason)
        for subscription in self._subscriptions:
            if subscription.partner_id == unlinked.partner_id:
                yield from self.write_notice(subscription, notice, origin, logged_at, unlinked.person_id)

    def write_notice(
        self,
        subscription: PartnerSubscription,
        notice: Notice,
        origin: UUID,
        logged_at: datetime,
        person_id: UUID | None = None,
    ) -> Iterator[Entry]:
        """Yield the entry of a notice; none if it is in the log already."""
        values = notice.model_dump(mode="json")
        entries = self._write(subscription, TYPES[type(notice)], values, person_id, origin=origin, logged_at=logged_at)
        for entry in entries:
            yield entry._replace(person_id=None)  # it says nothing of the person, so it is never taken back

    def _select(self, subscription: PartnerSubscription, fact: EventData, book: LinkBook) -> dict[str, Any] | None:
        """Return what a subscription shows of a fact; None if it is not for it."""
        partner, type_name = self._partners[subscription.partner_id], fact.event_type.type
        if type_name not in subscription.types:
            return None
        links = book.find(partner.id, getattr(fact, "person_id"))  # noqa: B009 - only facts about people come here
        values = project(fact, partner, links) if links else None
        if values is None or not subscription.selects(type_name, values):
            return None
        return select_fields(values, subscription.fields)

    def _write(
        self,
        subscription: PartnerSubscription,
        type_name: str,
        values: Mapping[str, Any],
        person_id: UUID | None,
        *,
        origin: UUID,
        logged_at: datetime,
    ) -> Iterator[Entry]:
        if (subscription.id, origin) in self._written:
            return
        self._written.add((subscription.id, origin))
        partner = self._partners[subscription.partner_id]
        sequence = self.last_sequences.get(subscription.id, subscription.last_sequence) + 1
        self.last_sequences[subscription.id] = sequence
        document_id = derive_document_id(partner.pseudonym_key, subscription.id, origin.bytes)
        subject = derive_pseudonym(partner.pseudonym_key, person_id) if person_id else None
        document = self.write_document(
            partner, type_name, sequence, values, document_id=document_id, subject=subject, logged_at=logged_at
        )
        yield Entry(subscription.id, sequence, document_id, origin, person_id, subject, type_name, document)

    def write_document(
        self,
        partner: Partner,
        type_name: str,
        sequence: int,
        values: Mapping[str, Any],
        *,
        document_id: UUID,
        subject: UUID | None,
        logged_at: datetime,
    ) -> bytes:
        """Return the bytes of one document."""
        return write_document(
            document_id=document_id,
            type_name=type_name,
            subject=subject,
            logged_at=logged_at,
            schema_url=self._frame.find_schema_url(partner, type_name),
            municipality=self._frame.municipality,
            sequence=sequence,
            data=values,
            organisation_oin=self._frame.organisation_oin,
        )

    def take_back(self, entry: Entry, partner: Partner, logged_at: datetime) -> Entry:
        """Return an entry without its content; it keeps number and id, so that the log has no gap."""
        type_name = TYPES[EventTakenBack]
        document = self.write_document(
            partner, type_name, entry.sequence, {}, document_id=entry.id, subject=None, logged_at=logged_at
        )
        return entry._replace(type=type_name, document=document, person_id=None, subject=None)
