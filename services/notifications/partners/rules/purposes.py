"""For which purposes partners may receive events, on which legal basis, and which fields each purpose needs.

No other field leaves the house, whatever a partner asks for. Who may have what follows from domain rules on privacy:
the Wet inburgering knows language schools (article 35(3)); it has no basis for creditors and welfare organisations,
which receive what article 56a of the Participatiewet needs or what the person consented to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shared.events import (
    EventData,
    FixedChargeChanged,
    FixedChargesDeducted,
    IntakeCompleted,
    IntakeScheduled,
    MandateGranted,
    MandateRefused,
    MandateRevoked,
    PhaseOutStarted,
    PhaseOutStepTaken,
    PIPSigned,
    ReliefEnded,
    ReliefExtended,
    ReliefStarted,
    ShortfallFound,
)


class PartnerPurpose(StrEnum):
    """What a partner needs events for; it decides about types, fields and the kind of link."""

    PAYMENT_OF_CHARGES = "payment_of_charges"
    LANGUAGE_EDUCATION = "language_education"
    SOCIAL_GUIDANCE = "social_guidance"


class LinkBasis(StrEnum):
    """What links a person to a partner. A mandate links by itself, the others are recorded by a case manager."""

    MANDATE = "mandate"
    REFERRAL = "referral"
    PLACEMENT = "placement"
    CONSENT = "consent"


@dataclass(frozen=True)
class PurposeTerms:
    """What a purpose allows: the legal basis, the kinds of link, and per event type the fields beside the person."""

    legal_basis: str
    links: frozenset[LinkBasis]
    events: Mapping[type[EventData], tuple[str, ...]]

    def find_event(self, type_name: str) -> type[EventData] | None:
        """Return the event of a CloudEvents type; None if the purpose does not need it."""
        return next((event for event in self.events if event.event_type.type == type_name), None)

    def list_fields(self) -> frozenset[str]:
        """Return the fields of all events together."""
        return frozenset(field for fields in self.events.values() for field in fields)


PURPOSES: Final[Mapping[PartnerPurpose, PurposeTerms]] = MappingProxyType({
    PartnerPurpose.PAYMENT_OF_CHARGES: PurposeTerms(
        "Participatiewet art. 56a: what carrying out the payment of fixed charges needs",
        frozenset({LinkBasis.MANDATE}),
        {
            MandateGranted: ("mandate_id", "kind", "granted_on"),
            MandateRefused: ("mandate_id", "kind", "refused_on", "ended_on"),
            MandateRevoked: ("mandate_id", "kind", "revoked_on"),
            FixedChargeChanged: ("kind", "change", "amount_cents", "from_day", "until_day"),
            FixedChargesDeducted: ("month", "charges"),
            ShortfallFound: ("month", "unpaid"),
            ReliefExtended: ("last_day",),
            PhaseOutStarted: ("started_on",),
            PhaseOutStepTaken: ("step", "taken_on"),
            ReliefEnded: ("ended_on",),
        },
    ),
    PartnerPurpose.LANGUAGE_EDUCATION: PurposeTerms(
        "Wet inburgering art. 35(3): what a language school needs of route and plan",
        frozenset({LinkBasis.REFERRAL}),
        {
            IntakeCompleted: ("completed_on", "advised_route"),
            PIPSigned: ("signed_on", "route"),
        },
    ),
    PartnerPurpose.SOCIAL_GUIDANCE: PurposeTerms(
        "Consent of the person, or a processing agreement with the municipality (AVG art. 6(1)(a), art. 28)",
        frozenset({LinkBasis.REFERRAL, LinkBasis.PLACEMENT, LinkBasis.CONSENT}),
        {
            IntakeScheduled: ("planned_on",),
            PIPSigned: ("signed_on", "route"),
            ReliefStarted: ("first_day", "last_day"),
            ReliefExtended: ("last_day",),
            ReliefEnded: ("ended_on",),
        },
    ),
})  # fmt: skip
