"""A household's fixed charges and the mandates to pay them: what is due to a creditor, and whether we may pay it.

A charge has versions (see charge_versions.py). A mandate is granted per creditor and kind, has a first day and may be
revoked at any time (Participatiewet art. 46(3)). A charge without a mandate is never withheld; it becomes a task for
the budget manager. In months that were run before a mandate was granted the money went to the person, so a mandate
covers months from the next run on, unless the person says that it covers earlier ones.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from shared.calendar import add_months, month_end, month_of, month_start
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.events import MandateGranted
from shared.events.codes import ChargeKind
from shared.events.guard import find_personal_data
from shared.events.ontzorgen import CHARGE_LINES_MAX, CREDITOR_CODE

CHARGES_MAX = CHARGE_LINES_MAX  # of one household: the event of a month has a line for each
_CODE = re.compile(CREDITOR_CODE)
Months = tuple[str, str | None]


class MandateProcedure(StrEnum):
    """How a creditor wants to receive a mandate; energy companies have another procedure than insurers."""

    SIGNED_FORM = "signed_form"
    CREDITOR_FORM = "creditor_form"
    CREDITOR_PORTAL = "creditor_portal"
    CALL_TOGETHER = "call_together"


@dataclass(frozen=True)
class Charge:
    """What is due to a creditor each month, from one day until another (both included; open if None).

    `charge_id` is the id of its first version, None in the first itself; `iban` None takes the creditor's own.
    `first_due` is the month in which it is first to be paid; `known_on` None was known from the start.
    """

    id: UUID
    kind: ChargeKind
    creditor: str
    iban: str | None
    reference: str
    amount_cents: int
    from_day: date
    until_day: date | None
    first_due: str | None = None
    known_on: date | None = None
    charge_id: UUID | None = None
    needs_confirmation: bool = False
    regeldag_id: UUID | None = None

    @property
    def period(self) -> tuple[date, date | None]:
        return self.from_day, self.until_day

    @property
    def root_id(self) -> UUID:
        """The id that all versions of the charge share."""
        return self.charge_id or self.id

    @property
    def key(self) -> str:
        """The key of the charge in statements, the same for all its versions; ends in `root_id`."""
        return charge_key(self.creditor, self.kind, self.root_id)


def charge_key(creditor: str, kind: ChargeKind, root_id: UUID) -> str:
    """Return the key of a charge in statements."""
    return f"{creditor}/{kind}/{root_id}"


def charge_id_of(key: str) -> UUID:
    """Return the id of the charge that has this key."""
    return UUID(key.rpartition("/")[2])


@dataclass(frozen=True)
class Mandate:
    """The person's authorisation to pay one creditor for one kind of charge, from its first day until revoked.

    `first_month` and `last_month` are the months that it covers; None follows from the days.
    """

    id: UUID
    kind: ChargeKind
    creditor: str
    granted_on: date
    revoked_on: date | None = None
    until_day: date | None = None
    procedure: MandateProcedure | None = None
    first_month: str | None = None
    last_month: str | None = None
    regeldag_id: UUID | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it is valid; None is open."""
        ends = [end for end in (self.until_day, self.revoked_on and self.revoked_on - timedelta(days=1)) if end]
        return min(ends) if ends else None

    @property
    def months(self) -> Months:
        """The first and last month in which charges may be paid: those with at least one of its days."""
        last = self.last_month or (month_of(self.last_day) if self.last_day else None)
        return self.first_month or month_of(self.granted_on), last


def add_mandate(
    household_id: UUID, person_id: UUID, existing: Sequence[Mandate], mandate: Mandate
) -> list[MandateGranted]:
    """Return the events of a new mandate: one, or none if the same was sent before."""
    if mandate.until_day is not None and mandate.until_day < mandate.granted_on:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The mandate ends before it begins: give a later last day or leave it open.",
            )
        )
    for recorded in existing:
        if recorded.id == mandate.id:
            require_same_content(recorded, mandate)
            return []
        is_open = (recorded.kind, recorded.creditor, recorded.revoked_on) == (mandate.kind, mandate.creditor, None)
        if is_open and overlap((recorded.granted_on, recorded.until_day), (mandate.granted_on, mandate.until_day)):
            raise ConflictError(
                "mandate_exists", "There is a mandate for this creditor already: revoke it first, or use it."
            )
    granted = MandateGranted(
        household_id=household_id,
        person_id=person_id,
        mandate_id=mandate.id,
        kind=mandate.kind,
        granted_on=mandate.granted_on,
        creditor=find_public_code(mandate.creditor),
    )
    return [granted]


@lru_cache(maxsize=65_536)
def find_public_code(creditor: str) -> str | None:
    """Return the code of a creditor as events name it; None for what is no code or a number of somebody."""
    return creditor if _CODE.fullmatch(creditor) and find_personal_data(creditor) is None else None


def date_late_charge(charge: Charge, next_month: str) -> Charge:
    """Return the charge; one for months that were run without it became known after the last of those runs."""
    if charge.known_on is not None or month_of(charge.from_day) >= next_month:
        return charge
    return replace(charge, known_on=month_start(next_month))


def set_first_month(mandate: Mandate, next_month: str) -> Mandate:
    """Return the mandate to record: it covers no month that was run before, unless the person says so."""
    return replace(mandate, first_month=mandate.first_month or max(month_of(mandate.granted_on), next_month))


def revoke_mandate(mandate: Mandate, on: date, next_month: str = "") -> Mandate:
    """Return the mandate, no longer valid from this day on; the same day again changes nothing.

    Months before `next_month` were run while it was valid, so they stay paid.
    """
    if mandate.revoked_on not in (None, on):
        raise ConflictError(
            "mandate_already_revoked",
            f"This mandate was revoked on {mandate.revoked_on} already: there is nothing to revoke.",
        )
    if on < mandate.granted_on:
        raise WrongInputError(
            Fault(
                "revoked_on",
                "before_granted",
                f"The mandate began on {mandate.granted_on}: give that day or a later one.",
            )
        )
    if mandate.revoked_on == on:
        return mandate
    revoked = replace(mandate, revoked_on=on, last_month=None)
    last_run = month_of(add_months(month_start(next_month), -1)) if next_month else ""
    return replace(revoked, last_month=max(revoked.months[1] or "", last_run))


def list_paid_kinds(charges: Iterable[Charge], mandates: Sequence[Mandate], day: date) -> tuple[ChargeKind, ...]:
    """Return the kinds of the charges in force on a day that have a mandate on it, in the order of the list of kinds.

    Of a charge's versions, which come in the order of recording, the last one that has begun says until when it is due.
    """
    in_force = {charge.root_id: charge for charge in charges if charge.from_day <= day}
    mandated = {
        (mandate.kind, mandate.creditor)
        for mandate in mandates
        if mandate.granted_on <= day and (mandate.last_day is None or mandate.last_day >= day)
    }
    paid = {
        charge.kind
        for charge in in_force.values()
        if (charge.until_day is None or charge.until_day >= day) and (charge.kind, charge.creditor) in mandated
    }
    return tuple(kind for kind in ChargeKind if kind in paid)


def mandated_months(mandates: Iterable[Mandate], kind: ChargeKind, creditor: str) -> list[Months]:
    """Return the periods of months in which a creditor's charge may be paid, in order; none touches the next."""
    periods: list[Months] = []
    of_charge = (mandate.months for mandate in mandates if (mandate.kind, mandate.creditor) == (kind, creditor))
    for first, last in sorted(of_charge, key=lambda months: months[0]):
        if last is not None and last < first:
            continue
        if periods and _touch(periods[-1][1], first):
            previous_first, previous_last = periods[-1]
            end = None if previous_last is None or last is None else max(previous_last, last)
            periods[-1] = (previous_first, end)
        else:
            periods.append((first, last))
    return periods


def overlap(period: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Return whether two periods share a day."""
    return period[0] <= (other[1] or date.max) and other[0] <= (period[1] or date.max)


def _touch(last: str | None, first: str) -> bool:
    """Return whether no month lies between a period that ends with `last` and one that begins with `first`."""
    return last is None or month_of(month_end(last) + timedelta(days=1)) >= first
