"""Partners: organisations outside the house that receive events for a purpose, and the people linked to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.notifications.partners.rules.purposes import PURPOSES, LinkBasis, PartnerPurpose
from shared.errors.refusals import ConflictError, Fault, refuse_if_any
from shared.events.codes import ChargeKind


class PartnerKind(StrEnum):
    """What kind of organisation a partner is."""

    LANGUAGE_SCHOOL = "language_school"
    HOUSING_CORPORATION = "housing_corporation"
    ENERGY_COMPANY = "energy_company"
    WATER_COMPANY = "water_company"
    INSURER = "insurer"
    WELFARE_ORGANISATION = "welfare_organisation"
    EMPLOYER = "employer"
    OTHER = "other"


@dataclass(frozen=True)
class Partner:
    """An organisation with a purpose until `ends_on`, its last day. `creditors` are its codes in the register.

    `token_subject` is the subject of its tokens, as the issuer calls it.
    """

    id: UUID
    name: str
    kind: PartnerKind
    purpose: PartnerPurpose
    token_subject: str
    contact_email: str
    registered_on: date
    ends_on: date
    registered_by: str
    creditors: tuple[str, ...] = ()
    pseudonym_key: bytes = field(default=b"", repr=False)

    @property
    def legal_basis(self) -> str:
        """The legal basis of the purpose."""
        return PURPOSES[self.purpose].legal_basis

    def is_active(self, on: date) -> bool:
        """Return whether the purpose holds on a day."""
        return self.registered_on <= on <= self.ends_on


@dataclass(frozen=True)
class Link:
    """A person linked to a partner, from a day until another (not included). A mandate's link has what it is for."""

    id: UUID
    partner_id: UUID
    person_id: UUID
    basis: LinkBasis
    from_on: date
    ended_on: date | None = None
    creditor: str | None = None
    kind: ChargeKind | None = None


def check_partner(partner: Partner) -> None:
    """Raise WrongInputError, with every fault, for a partner that could never receive anything."""
    faults = []
    if partner.ends_on < partner.registered_on:
        faults.append(
            Fault("ends_on", "ends_before_it_begins", "The end is before the registration: give a later day.")
        )
    needs_creditor = LinkBasis.MANDATE in PURPOSES[partner.purpose].links
    if needs_creditor and not partner.creditors:
        faults.append(
            Fault("creditors", "creditors_missing", "People are linked by mandates: give the creditor's codes too.")
        )
    if partner.creditors and not needs_creditor:
        faults.append(
            Fault("creditors", "creditors_not_used", "This purpose does not link by mandates: leave creditors out.")
        )
    refuse_if_any(faults)


def check_link(partner: Partner, link: Link) -> None:
    """Raise WrongInputError for a link that the partner's purpose does not know."""
    allowed = PURPOSES[partner.purpose].links - {LinkBasis.MANDATE}
    if link.basis not in allowed:
        choices = ", ".join(sorted(allowed)) or "none by hand: mandates link people by themselves"
        refuse_if_any([Fault("basis", "basis_not_allowed", f"For this partner's purpose there is: {choices}.")])
    if not partner.is_active(link.from_on):
        refuse_if_any([Fault("from_on", "outside_purpose", "The purpose does not hold on that day: give another day.")])


def require_active(partner: Partner, on: date) -> None:
    """Raise ConflictError if the partner's purpose does not hold on a day."""
    if not partner.is_active(on):
        raise ConflictError(
            "purpose_ended", "The purpose of this partner does not hold today: register it anew with a later end."
        )


def find_holders(partners: Iterable[Partner], creditor: str | None) -> list[Partner]:
    """Return the partners to whom mandates of a creditor link people."""
    return [partner for partner in partners if creditor is not None and creditor in partner.creditors]
