"""A household's fixed charges and the mandates to pay them: what a creditor asks, and whether we may pay it.

A charge has versions (see versions.py). A mandate is given per creditor and kind, has a first day and may be revoked at
any time (Participatiewet art. 46(3)). A charge without a mandate is never withheld; it becomes a task for the budget
manager. What was run before a mandate was known went to the person, so a mandate opens months from the next run on,
unless the person says that it covers earlier ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared.calendar import add_months, month_end, month_of, month_start
from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated
from shared.events import MandateGranted
from shared.events.codes import ChargeKind

CHARGES_MAX = 40  # of one household; the month's event has a line for each
Months = tuple[str, str | None]


class MandateProcedure(StrEnum):
    """How a creditor wants to be told that the municipality pays; energy companies ask another than insurers do."""

    SIGNED_FORM = "signed_form"
    CREDITOR_FORM = "creditor_form"
    CREDITOR_PORTAL = "creditor_portal"
    CALL_TOGETHER = "call_together"


@dataclass(frozen=True)
class Charge:
    """What a creditor asks each month, from one day until another (both included; open when None).

    `charge_id` is the id of its first version, None in the first itself; `iban` None takes the creditor's own.
    `first_due` is the month in which it is first to be paid; `known_on` None was known from the outset.
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
        """The id by which the charge stays known through all its versions."""
        return self.charge_id or self.id

    @property
    def key(self) -> str:
        """The stable key of the charge in statements; ends in `root_id`."""
        return charge_key(self.creditor, self.kind, self.root_id)


def charge_key(creditor: str, kind: ChargeKind, root_id: UUID) -> str:
    """The key of a charge that is known by these."""
    return f"{creditor}/{kind}/{root_id}"


def charge_id_of(key: str) -> UUID:
    """The charge that a statement's key names."""
    return UUID(key.rpartition("/")[2])


@dataclass(frozen=True)
class Mandate:
    """The person's authorisation to pay one creditor for one kind of charge, from its first day until revoked.

    `first_month` and `last_month` are the months that it opens; None follows the days.
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
        """The last day on which it holds; None is open."""
        ends = [end for end in (self.until_day, self.revoked_on and self.revoked_on - timedelta(days=1)) if end]
        return min(ends) if ends else None

    @property
    def months(self) -> Months:
        """The months in which charges may be paid: those with at least one of its days."""
        last = self.last_month or (month_of(self.last_day) if self.last_day else None)
        return self.first_month or month_of(self.granted_on), last

    def covers(self, charge: Charge, month: str) -> bool:
        """Whether this mandate holds for the charge in the month."""
        first, last = self.months
        is_its_own = (self.kind, self.creditor) == (charge.kind, charge.creditor)
        return is_its_own and first <= month and (last is None or month <= last)


def add_mandate(
    household_id: UUID, person_id: UUID, existing: Sequence[Mandate], mandate: Mandate
) -> list[MandateGranted]:
    """What to tell of a mandate: one fact, or none when the same was sent before."""
    if mandate.until_day is not None and mandate.until_day < mandate.granted_on:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The mandate ends before it begins: give a later last day or leave it open.",
            )
        )
    for known in existing:
        if known.id == mandate.id:
            repeated(known, mandate)
            return []
        is_open = (known.kind, known.creditor, known.revoked_on) == (mandate.kind, mandate.creditor, None)
        if is_open and overlap((known.granted_on, known.until_day), (mandate.granted_on, mandate.until_day)):
            raise ConflictError("There is a mandate for this creditor already: revoke it first, or use it.")
    told = MandateGranted(
        household_id=household_id,
        person_id=person_id,
        mandate_id=mandate.id,
        kind=mandate.kind,
        granted_on=mandate.granted_on,
    )
    return [told]


def known_since(charge: Charge, next_month: str) -> Charge:
    """The charge with the day on which it became known: of a month that was run without it, after that run."""
    if charge.known_on is not None or month_of(charge.from_day) >= next_month:
        return charge
    return replace(charge, known_on=month_start(next_month))


def opened(mandate: Mandate, next_month: str) -> Mandate:
    """The mandate as it is recorded: it opens no month that was run before, unless the person said so."""
    return replace(mandate, first_month=mandate.first_month or max(month_of(mandate.granted_on), next_month))


def revoke(mandate: Mandate, on: date, next_month: str = "") -> Mandate:
    """The mandate, no longer holding from this day on; the same day twice changes nothing.

    Months before `next_month` were run while it held, so they stay paid.
    """
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
    if mandate.revoked_on == on:
        return mandate
    revoked = replace(mandate, revoked_on=on, last_month=None)
    paid = month_of(add_months(month_start(next_month), -1)) if next_month else ""
    return replace(revoked, last_month=max(revoked.months[1] or "", paid))


def mandated_months(mandates: Iterable[Mandate], kind: ChargeKind, creditor: str) -> list[Months]:
    """The months in which a creditor's charge may be paid, as runs of months that do not touch, in order."""
    runs: list[Months] = []
    its_own = (one.months for one in mandates if (one.kind, one.creditor) == (kind, creditor))
    for first, last in sorted(its_own, key=lambda months: months[0]):
        if last is not None and last < first:
            continue
        if runs and _touch(runs[-1][1], first):
            before = runs[-1]
            later = None if before[1] is None or last is None else max(before[1], last)
            runs[-1] = (before[0], later)
        else:
            runs.append((first, last))
    return runs


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


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether two periods share a day."""
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)


def _touch(last: str | None, first: str) -> bool:
    return last is None or month_of(month_end(last) + timedelta(days=1)) >= first
