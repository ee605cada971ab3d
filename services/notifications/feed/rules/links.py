"""Which people are linked to which partners while facts pass: mandates link, their ends and a withdrawal unlink."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from services.notifications.partners.rules.partners import Link, Partner, find_holders
from services.notifications.partners.rules.purposes import LinkBasis
from shared.events import (
    CandidateWithdrawn,
    EventData,
    MandateGranted,
    MandateRefused,
    MandateRevoked,
    ReliefEnded,
)
from shared.events.partner_notices import LinkEndReason


@dataclass(frozen=True)
class PersonUnlinked:
    """A person whose last link to a partner ended."""

    partner_id: UUID
    person_id: UUID
    ended_on: date
    reason: LinkEndReason


@dataclass
class LinkBook:
    """The links of some people, in memory; `opened` and `ended` are what is to be saved."""

    partners: Sequence[Partner]
    links: dict[tuple[UUID, UUID], Link]  # the open ones, by the ids of link and partner
    known: set[tuple[UUID, UUID]]
    opened: list[Link] = field(default_factory=list)
    ended: list[Link] = field(default_factory=list)

    @classmethod
    def open(cls, partners: Sequence[Partner], links: Iterable[Link]) -> "LinkBook":
        """Return the book of these partners and links."""
        by_key = {(link.id, link.partner_id): link for link in links}
        open_links = {key: link for key, link in by_key.items() if link.ended_on is None}
        return cls(partners, open_links, set(by_key))

    def find(self, partner_id: UUID, person_id: UUID) -> list[Link]:
        """Return the open links of a person to a partner."""
        return [link for link in self.links.values() if (link.partner_id, link.person_id) == (partner_id, person_id)]

    def begin(self, fact: EventData) -> None:
        """Open the links that a fact begins."""
        if not isinstance(fact, MandateGranted):
            return
        for partner in find_holders(self.partners, fact.creditor):
            link = Link(
                id=fact.mandate_id,
                partner_id=partner.id,
                person_id=fact.person_id,
                basis=LinkBasis.MANDATE,
                from_on=fact.granted_on,
                creditor=fact.creditor,
                kind=fact.kind,
            )
            key = (link.id, link.partner_id)
            if key not in self.known:
                self.known.add(key)
                self.links[key] = link
                self.opened.append(link)

    def finish(self, fact: EventData) -> list[PersonUnlinked]:
        """End the links that a fact ends. Return the people who have no link to a partner any more."""
        ends = _find_end(fact)
        if ends is None:
            return []
        ended_on, reason = ends
        ended = list(_select_ended(fact, self.links.values()))
        for link in ended:
            del self.links[link.id, link.partner_id]
            self.ended.append(replace(link, ended_on=ended_on))
        gone = dict.fromkeys((link.partner_id, link.person_id) for link in ended)
        return [
            PersonUnlinked(partner_id, person_id, ended_on, reason)
            for partner_id, person_id in gone
            if not self.find(partner_id, person_id)
        ]


def _find_end(fact: EventData) -> tuple[date, LinkEndReason] | None:
    """Return the day and the reason if a fact ends links; None if it ends none."""
    match fact:
        case MandateRevoked():
            return fact.revoked_on, LinkEndReason.MANDATE_ENDED
        case MandateRefused():
            return fact.ended_on or fact.refused_on, LinkEndReason.MANDATE_ENDED
        case ReliefEnded():
            return fact.ended_on, LinkEndReason.RELIEF_ENDED
        case CandidateWithdrawn():
            return fact.withdrawn_on, LinkEndReason.WITHDRAWN
        case _:
            return None


def _select_ended(fact: EventData, links: Iterable[Link]) -> Iterator[Link]:
    for link in links:
        match fact:
            case MandateRevoked() | MandateRefused():
                is_ended = link.id == fact.mandate_id
            case ReliefEnded():
                is_ended = link.person_id == fact.person_id and link.basis is LinkBasis.MANDATE
            case CandidateWithdrawn():
                is_ended = link.person_id == fact.person_id
            case _:
                is_ended = False
        if is_ended:
            yield link
