"""The versions of a charge: added, changed and ended, when each became known, and what is in force.

Nothing is overwritten. From its first day on, a version that became known later replaces the earlier ones, until its
own last day; after that nothing is due. A change to months that were run already becomes a correction in the next run.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import takewhile
from uuid import UUID

from services.ontzorgen.household.rules.charges import (
    CHARGES_MAX,
    Charge,
    Mandate,
    Months,
    find_public_code,
    mandated_months,
    overlap,
)
from services.ontzorgen.household.rules.household import Household, Standing
from services.ontzorgen.statement.rules.month_rules import PolicyTerms
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.calendar import month_end, month_of, month_start
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.events import FixedChargeChanged
from shared.events.codes import ChargeChange

VERSIONS_MAX = 60  # of one charge
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChangeOfCharge:
    """A change of a charge from a day on; None leaves a field as it was. `known_on` is the day it became known."""

    id: UUID
    known_on: date
    from_day: date
    amount_cents: int
    until_day: date | None = None
    first_due: str | None = None
    reference: str | None = None
    iban: str | None = None


def add_charge(existing: Sequence[Charge], charge: Charge) -> bool:
    """Return whether the charge is new; False if the same was sent before.

    WrongInputError if it ends before it begins; ConflictError if the id is in use for something else or if the same
    creditor already has such a charge on one of these days.
    """
    _refuse_backward(charge)
    for recorded in existing:
        if recorded.id == charge.id:
            require_same_content(recorded, charge)
            return False
    _refuse_overlap(existing, [charge])
    if len({recorded.root_id for recorded in existing}) >= CHARGES_MAX:
        raise ConflictError("too_many_charges", f"A household has at most {CHARGES_MAX} charges: combine small ones.")
    return True


def date_late_change(existing: Sequence[Charge], change: ChangeOfCharge, last_run_on: date | None) -> ChangeOfCharge:
    """Return the change; one that no run took into account became known after the last run, whatever day is given.

    That also holds for a change entered on the run day after the month was computed, or later than it was known.
    """
    recorded_on = next((recorded.known_on for recorded in existing if recorded.id == change.id), None)
    if recorded_on is not None:  # the same change, sent again
        return replace(change, known_on=max(change.known_on, recorded_on)) if last_run_on else change
    if last_run_on is None or change.known_on > last_run_on:
        return change
    return replace(change, known_on=last_run_on + _DAY)


def change_charge(
    existing: Sequence[Charge], charge_id: UUID, change: ChangeOfCharge, payable: Collection[UUID]
) -> tuple[Charge, bool]:
    """Return the version that a change makes, and whether it is new. LookupError if there is no such charge.

    An IBAN that differs from the previous one must be confirmed by someone else before anything is paid to it, and so
    must the previous one while it waits: `payable` are the versions of which the account does not.
    """
    versions = [recorded for recorded in existing if recorded.root_id == charge_id]
    if not versions:
        raise LookupError
    earlier = list(takewhile(lambda recorded: recorded.id != change.id, versions))
    previous = (earlier or versions)[-1]
    iban = change.iban or previous.iban
    version = replace(
        previous,
        id=change.id,
        charge_id=charge_id,
        known_on=change.known_on,
        from_day=change.from_day,
        until_day=change.until_day,
        amount_cents=change.amount_cents,
        first_due=change.first_due,
        reference=change.reference or previous.reference,
        iban=iban,
        needs_confirmation=iban != previous.iban or previous.id not in payable,
    )
    for recorded in existing:
        if recorded.id == version.id:
            return require_same_content(recorded, replace(version, needs_confirmation=False)), False
    _refuse_backward(version)
    _refuse_known_out_of_order(versions, version)
    _refuse_overlap([recorded for recorded in existing if recorded.root_id != charge_id], [*versions, version])
    if len(versions) >= VERSIONS_MAX:
        raise ConflictError(
            "too_many_versions", f"A charge has at most {VERSIONS_MAX} versions: end it and enter it anew."
        )
    return version, True


def change_to_end(
    existing: Sequence[Charge], charge_id: UUID, version_id: UUID, until_day: date, known_on: date
) -> ChangeOfCharge:
    """Return the change by which a charge ends on a day; until then it stays as it is. LookupError if it is unknown."""
    versions = [recorded for recorded in existing if recorded.root_id == charge_id and recorded.id != version_id]
    if not versions:
        raise LookupError
    begun = [piece for piece in list_in_force(versions) if piece.from_day <= until_day]
    if not begun:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The charge ends before it begins: give a later last day, or change its amount to 0.",
            )
        )
    last = begun[-1]
    return ChangeOfCharge(version_id, known_on, last.from_day, last.amount_cents, until_day, last.first_due)


def list_in_force(versions: Iterable[Charge]) -> list[Charge]:
    """Return the versions cut to the days on which each is in force: the later one replaces the earlier ones."""
    pieces: list[Charge] = []
    for version in versions:
        pieces = [*_cut(pieces, version.from_day), version]
    return pieces


def terms_by_mandate(
    versions: Sequence[Charge], mandates: Iterable[Mandate], let_go: Iterable[Months] = ()
) -> tuple[list[ChargeTerms], list[ChargeTerms]]:
    """Return a charge's terms for the statement in the months under mandate, and in those without a mandate.

    Months in which the person pays it alone (`let_go`) are in neither.
    Versions that became known on one day count as one: the last one recorded corrects the earlier ones.
    """
    merged: list[Charge] = []
    for version in versions:
        same_day = [earlier for earlier in merged if earlier.known_on == version.known_on]
        other_days = [earlier for earlier in merged if earlier.known_on != version.known_on]
        merged = [*other_days, *_cut(same_day, version.from_day), version]
    first = versions[0]
    under_mandate = mandated_months(mandates, first.kind, first.creditor)
    let_go = tuple(let_go)
    paid = _subtract(under_mandate, let_go)
    begins_in = month_of(min(version.from_day for version in merged))
    if len(paid) == 1 and paid[0][0] <= begins_in and paid[0][1] is None:
        return [_to_terms(version, first.key, version.period) for version in merged], []
    missing = _subtract(_gaps_between(under_mandate), let_go)
    return _cut_to_months(merged, first.key, paid), _cut_to_months(merged, first.key, missing)


def is_withheld(version: Charge, first_day: date, policy: PolicyTerms, standing: Standing) -> bool:
    """Return whether a charge is paid for a household in its first month: its kind is in the package and not let go.

    `first_day` is that of relief.
    """
    month = month_of(max(version.from_day, first_day))
    let_go = standing.let_go_months.get(version.kind, ())
    is_let_go = any(first <= month <= (last or month) for first, last in let_go)
    return version.kind in policy.list_withheld_kinds(standing.latest_class) and not is_let_go


def charge_changed_event(
    household: Household, version: Charge, change: ChargeChange, *, is_withheld: bool | None = None
) -> FixedChargeChanged:
    """Return the event that a charge began, changed or ended."""
    return FixedChargeChanged(
        household_id=household.id,
        person_id=household.person_id,
        charge_id=version.root_id,
        kind=version.kind,
        change=change,
        amount_cents=version.amount_cents,
        from_day=version.from_day,
        until_day=version.until_day,
        known_on=version.known_on or household.first_day,
        is_withheld=is_withheld,
        creditor=find_public_code(version.creditor),
    )


def _cut(pieces: Iterable[Charge], before: date) -> list[Charge]:
    """Return the pieces as far as they come before a day."""
    earlier = [piece for piece in pieces if piece.from_day < before]
    return [replace(piece, until_day=min(piece.until_day or date.max, before - _DAY)) for piece in earlier]


def _cut_to_months(versions: Sequence[Charge], key: str, months: Iterable[Months]) -> list[ChargeTerms]:
    """Return the versions cut to these months. One that ended before them still says that nothing is due in them."""
    periods = [(month_start(first), month_end(last) if last else None) for first, last in months]
    terms: list[ChargeTerms] = []
    for version in versions:
        shared = [(max(version.from_day, first), _earlier(version.until_day, last)) for first, last in periods]
        cut = [_to_terms(version, key, period) for period in shared if period[1] is None or period[0] <= period[1]]
        if not cut and terms:
            nothing = replace(version, amount_cents=0)
            cut = [_to_terms(nothing, key, period) for period in _first_period_after(version, versions, periods)]
        terms += cut
    return terms


def _first_period_after(
    ended: Charge, versions: Iterable[Charge], periods: Iterable[tuple[date, date | None]]
) -> list[tuple[date, date | None]]:
    """Return the first of these periods after a version, up to the next version that became known with it, if any."""
    after = next((period for period in periods if period[0] > ended.from_day), None)
    same_day = (version.from_day for version in versions if version.known_on == ended.known_on)
    following = min((from_day for from_day in same_day if from_day > ended.from_day), default=date.max)
    if after is None or following <= after[0]:
        return []
    return [(after[0], _earlier(after[1], None if following == date.max else following - _DAY))]


def _to_terms(version: Charge, key: str, period: tuple[date, date | None]) -> ChargeTerms:
    first, last = period
    return ChargeTerms(
        key, version.kind, version.creditor, version.amount_cents, first, last, version.first_due, version.known_on
    )


def _gaps_between(months: Sequence[Months]) -> list[Months]:
    """Return the periods of months that these leave out."""
    gaps: list[Months] = []
    first: str | None = "0001-01"
    for begin, end in months:
        if first is not None and first < begin:
            gaps.append((first, month_of(month_start(begin) - _DAY)))
        first = None if end is None else month_of(month_end(end) + _DAY)
    return gaps if first is None else [*gaps, (first, None)]


def _subtract(periods: Sequence[Months], taken_out: Iterable[Months]) -> list[Months]:
    """Return these periods of months without those, in order."""
    remaining = list(periods)
    for begin, end in taken_out:
        before = month_of(month_start(begin) - _DAY)
        heads = [(first, min(last or before, before)) for first, last in remaining]
        after = month_of(month_end(end) + _DAY) if end is not None else None
        tails = [(max(first, after), last) for first, last in remaining if after is not None]
        remaining = [period for period in (*heads, *tails) if period[1] is None or period[0] <= period[1]]
    return sorted(remaining, key=lambda months: months[0])


def _earlier(day: date | None, other: date | None) -> date | None:
    """Return the earlier of two last days, of which None is open."""
    return min((end for end in (day, other) if end is not None), default=None)


def _refuse_backward(charge: Charge) -> None:
    if charge.until_day is not None and charge.until_day < charge.from_day:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The charge ends before it begins: give a later last day or leave it open.",
            )
        )


def _refuse_known_out_of_order(versions: Sequence[Charge], version: Charge) -> None:
    latest = max((earlier.known_on for earlier in versions if earlier.known_on is not None), default=None)
    if latest is not None and version.known_on is not None and version.known_on < latest:
        raise ConflictError(
            "later_change_recorded",
            f"A change that became known on {latest} is recorded already: give that day or a later one.",
        )


def _refuse_overlap(others: Sequence[Charge], versions: Sequence[Charge]) -> None:
    """Refuse two charges of the same kind and creditor on one day."""
    same_kind: dict[UUID, list[Charge]] = {}
    for other in others:
        if (other.kind, other.creditor) == (versions[0].kind, versions[0].creditor):
            same_kind.setdefault(other.root_id, []).append(other)
    due = [piece for piece in list_in_force(versions) if piece.amount_cents]
    for other in (piece for group in same_kind.values() for piece in list_in_force(group) if piece.amount_cents):
        if any(overlap(other.period, piece.period) for piece in due):
            raise ConflictError(
                "charge_overlaps",
                f"This creditor already has such a charge from {other.from_day} "
                f"until {other.until_day or 'further notice'}: give days outside it.",
            )
