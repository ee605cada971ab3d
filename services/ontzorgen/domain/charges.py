"""A household's fixed charges and the mandates to pay them: what a creditor asks, and whether we may pay it.

A mandate is given per creditor and kind, has a first day and may be revoked at any time (Participatiewet art. 46(3)).
A charge without a mandate is never withheld; it becomes a task for the budget manager.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.calendar import month_end, month_start
from shared.events import MandateGranted
from shared.events.codes import ChargeKind
from shared.refusals import ConflictError, Fault, WrongInputError, repeated

CHARGES_MAX = 40  # of one household; the month's event has a line for each


@dataclass(frozen=True)
class Charge:
    """What a creditor asks each month, from one day until another (both included; open when None)."""

    id: UUID
    kind: ChargeKind
    creditor: str
    iban: str
    reference: str
    amount_cents: int
    from_day: date
    until_day: date | None

    @property
    def period(self) -> tuple[date, date | None]:
        return self.from_day, self.until_day


@dataclass(frozen=True)
class Mandate:
    """The person's authorisation to pay one creditor for one kind of charge, from its first day until revoked."""

    id: UUID
    kind: ChargeKind
    creditor: str
    granted_on: date
    revoked_on: date | None = None

    def covers(self, charge: Charge, month: str) -> bool:
        """Whether this mandate holds for the charge on at least one day of the month."""
        return (
            (self.kind, self.creditor) == (charge.kind, charge.creditor)
            and self.granted_on <= month_end(month)
            and (self.revoked_on is None or self.revoked_on > month_start(month))
        )


def add_charge(existing: Sequence[Charge], charge: Charge) -> bool:
    """Whether the charge is new; False when the same was sent before.

    WrongInputError when it ends before it begins; ConflictError when the id holds something else or when the same
    creditor already has such a charge on one of these days.
    """
    if charge.until_day is not None and charge.until_day < charge.from_day:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The charge ends before it begins: give a later last day or leave it open.",
            )
        )
    for known in existing:
        if known.id == charge.id:
            repeated(known, charge)
            return False
        if (known.kind, known.creditor) == (charge.kind, charge.creditor) and _overlap(known.period, charge.period):
            raise ConflictError(
                f"This creditor already has such a charge from {known.from_day} "
                f"until {known.until_day or 'further notice'}: give days outside it."
            )
    if len(existing) >= CHARGES_MAX:
        raise ConflictError(f"A household has at most {CHARGES_MAX} charges: put small ones together.")
    return True


def add_mandate(
    household_id: UUID, person_id: UUID, existing: Sequence[Mandate], mandate: Mandate
) -> list[MandateGranted]:
    """What to tell of a mandate: one fact, or none when the same was sent before."""
    for known in existing:
        if known.id == mandate.id:
            repeated(known, mandate)
            return []
        if (known.kind, known.creditor) == (mandate.kind, mandate.creditor) and known.revoked_on is None:
            raise ConflictError("There is a mandate for this creditor already: revoke it first, or use it.")
    told = MandateGranted(
        household_id=household_id,
        person_id=person_id,
        mandate_id=mandate.id,
        kind=mandate.kind,
        granted_on=mandate.granted_on,
    )
    return [told]


def revoke(mandate: Mandate, on: date) -> Mandate:
    """The mandate, no longer holding from this day on; the same day twice changes nothing."""
    if mandate.revoked_on not in (None, on):
        raise ConflictError(
            f"This mandate was revoked on {mandate.revoked_on} already: there is nothing left to revoke."
        )
    if on < mandate.granted_on:
        raise WrongInputError(
            Fault(
                "revoked_on",
                "before_granted",
                f"The mandate began on {mandate.granted_on}: give that day or a later one.",
            )
        )
    return replace(mandate, revoked_on=on)


def split_by_mandate(
    charges: Iterable[Charge], mandates: Sequence[Mandate], month: str
) -> tuple[tuple[Charge, ...], tuple[Charge, ...]]:
    """The charges that may be paid in a month, and those for which the mandate is missing."""
    mandated: list[Charge] = []
    missing: list[Charge] = []
    for charge in charges:
        covered = any(mandate.covers(charge, month) for mandate in mandates)
        (mandated if covered else missing).append(charge)
    return tuple(mandated), tuple(missing)


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)
