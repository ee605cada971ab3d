"""The versions of a charge: what is added, changed and ended, when it was known, and what is in force.

Nothing is overwritten. From its first day on, a version that was known later stands in place of the earlier ones, until
its own last day; after that nothing is asked. A change of what was run already becomes a correction in the next run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import takewhile
from uuid import UUID

from services.ontzorgen.household.rules.charges import CHARGES_MAX, Charge, Mandate, Months, mandated_months, overlap
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.statement.rules.situation import ChargeTerms
from shared.calendar import month_end, month_of, month_start
from shared.errors.refusals import ConflictError, Fault, WrongInputError, repeated
from shared.events import FixedChargeChanged
from shared.events.codes import ChargeChange

VERSIONS_MAX = 60  # of one charge
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChangeOfCharge:
    """What is said of a charge from a day on; None leaves a thing as it was. `known_on` is when we came to know."""

    id: UUID
    known_on: date
    from_day: date
    amount_cents: int
    until_day: date | None = None
    first_due: str | None = None
    reference: str | None = None
    iban: str | None = None


def add_charge(existing: Sequence[Charge], charge: Charge) -> bool:
    """Whether the charge is new; False when the same was sent before.

    WrongInputError when it ends before it begins; ConflictError when the id holds something else or when the same
    creditor already has such a charge on one of these days.
    """
    _refuse_backward(charge)
    for known in existing:
        if known.id == charge.id:
            repeated(known, charge)
            return False
    _refuse_overlap(existing, [charge])
    if len({one.root_id for one in existing}) >= CHARGES_MAX:
        raise ConflictError(f"A household has at most {CHARGES_MAX} charges: put small ones together.")
    return True


def known_after(existing: Sequence[Charge], change: ChangeOfCharge, last_run_on: date | None) -> ChangeOfCharge:
    """The change as the runs know it: what no run has seen became known after the last of them, whatever is said.

    A change entered on the run day once the month was computed, or later than it was known, is corrected so as well.
    """
    kept = next((one.known_on for one in existing if one.id == change.id), None)
    if kept is not None:  # the same once more
        return replace(change, known_on=max(change.known_on, kept)) if last_run_on else change
    if last_run_on is None or change.known_on > last_run_on:
        return change
    return replace(change, known_on=last_run_on + _DAY)


def change_charge(existing: Sequence[Charge], charge_id: UUID, change: ChangeOfCharge) -> tuple[Charge, bool]:
    """The version that a change makes, and whether it is new. LookupError when there is no such charge.

    An IBAN that differs from the one before it must be confirmed by someone else before anything is paid to it.
    """
    known = [one for one in existing if one.root_id == charge_id]
    if not known:
        raise LookupError
    earlier = list(takewhile(lambda one: one.id != change.id, known))
    before = (earlier or known)[-1]
    iban = change.iban or before.iban
    version = replace(
        before,
        id=change.id,
        charge_id=charge_id,
        known_on=change.known_on,
        from_day=change.from_day,
        until_day=change.until_day,
        amount_cents=change.amount_cents,
        first_due=change.first_due,
        reference=change.reference or before.reference,
        iban=iban,
        needs_confirmation=iban != before.iban or (before.needs_confirmation and iban == before.iban),
    )
    for one in existing:
        if one.id == version.id:
            return repeated(one, replace(version, needs_confirmation=False)), False
    _refuse_backward(version)
    _refuse_known_out_of_order(known, version)
    _refuse_overlap([one for one in existing if one.root_id != charge_id], [*known, version])
    if len(known) >= VERSIONS_MAX:
        raise ConflictError(f"A charge has at most {VERSIONS_MAX} versions: end it and enter it anew.")
    return version, True


def ending(
    existing: Sequence[Charge], charge_id: UUID, version_id: UUID, until_day: date, known_on: date
) -> ChangeOfCharge:
    """The change by which a charge ends on a day: what is asked until then stays as it is."""
    known = [one for one in existing if one.root_id == charge_id and one.id != version_id]
    if not known:
        raise LookupError
    begun = [piece for piece in in_force(known) if piece.from_day <= until_day]
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


def in_force(versions: Iterable[Charge]) -> list[Charge]:
    """What is asked on each day by all that is known: the versions in order of knowing, cut to where they hold."""
    pieces: list[Charge] = []
    for version in versions:
        pieces = [*_cut(pieces, version.from_day), version]
    return pieces


def terms(
    versions: Sequence[Charge], mandates: Iterable[Mandate], let_go: Iterable[Months] = ()
) -> tuple[list[ChargeTerms], list[ChargeTerms]]:
    """A charge's terms for the statement in the months under mandate, and in those without.

    Months in which the person pays it alone are in neither.
    Versions that became known on one day are one: the last one recorded corrects the earlier ones.
    """
    kept: list[Charge] = []
    for version in versions:
        same = [one for one in kept if one.known_on == version.known_on]
        kept = [*(one for one in kept if one.known_on != version.known_on), *_cut(same, version.from_day), version]
    first = versions[0]
    mandated = mandated_months(mandates, first.kind, first.creditor)
    let_go = tuple(let_go)
    under = _less(mandated, let_go)
    if len(under) == 1 and under[0][0] <= month_of(min(one.from_day for one in kept)) and under[0][1] is None:
        return [_terms(one, first.key, one.period) for one in kept], []
    without = _less(_between(mandated), let_go)
    return _within(kept, first.key, under), _within(kept, first.key, without)


def told_of(household: Household, version: Charge, change: ChargeChange) -> FixedChargeChanged:
    """The fact that a charge began, changed or ended."""
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
    )


def _cut(pieces: Iterable[Charge], before: date) -> list[Charge]:
    """The pieces as far as they come before a day."""
    left = [one for one in pieces if one.from_day < before]
    return [replace(one, until_day=min(one.until_day or date.max, before - _DAY)) for one in left]


def _within(versions: Sequence[Charge], key: str, months: Iterable[Months]) -> list[ChargeTerms]:
    """The versions cut to these months. One that ended before them still says that nothing is asked in them."""
    runs = [(month_start(first), month_end(last) if last else None) for first, last in months]
    found: list[ChargeTerms] = []
    for one in versions:
        shared = [(max(one.from_day, run[0]), _earlier(one.until_day, run[1])) for run in runs]
        own = [_terms(one, key, period) for period in shared if period[1] is None or period[0] <= period[1]]
        if not own and found:
            own = [_terms(replace(one, amount_cents=0), key, period) for period in _ended_before(one, versions, runs)]
        found += own
    return found


def _ended_before(
    ended: Charge, versions: Iterable[Charge], runs: Iterable[tuple[date, date | None]]
) -> list[tuple[date, date | None]]:
    """The first of these months after a version ended, as far as no other one that became known with it holds."""
    after = next((run for run in runs if run[0] > ended.from_day), None)
    together = (one.from_day for one in versions if one.known_on == ended.known_on and one.from_day > ended.from_day)
    following = min(together, default=date.max)
    if after is None or following <= after[0]:
        return []
    return [(after[0], _earlier(after[1], None if following == date.max else following - _DAY))]


def _terms(version: Charge, key: str, period: tuple[date, date | None]) -> ChargeTerms:
    first, last = period
    return ChargeTerms(
        key, version.kind, version.creditor, version.amount_cents, first, last, version.first_due, version.known_on
    )


def _between(months: Sequence[Months]) -> list[Months]:
    """The months that these runs leave out."""
    gaps: list[Months] = []
    first: str | None = "0001-01"
    for begin, end in months:
        if first is not None and first < begin:
            gaps.append((first, month_of(month_start(begin) - _DAY)))
        first = None if end is None else month_of(month_end(end) + _DAY)
    return gaps if first is None else [*gaps, (first, None)]


def _less(runs: Sequence[Months], gone: Iterable[Months]) -> list[Months]:
    """These runs of months without those."""
    left = list(runs)
    for begin, end in gone:
        before = month_of(month_start(begin) - _DAY)
        parts = [(first, min(last or before, before)) for first, last in left]
        after = month_of(month_end(end) + _DAY) if end is not None else None
        rest = [(max(first, after), last) for first, last in left if after is not None]
        left = [one for one in (*parts, *rest) if one[1] is None or one[0] <= one[1]]
    return sorted(left, key=lambda months: months[0])


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _refuse_backward(charge: Charge) -> None:
    if charge.until_day is not None and charge.until_day < charge.from_day:
        raise WrongInputError(
            Fault(
                "until_day",
                "ends_before_it_begins",
                "The charge ends before it begins: give a later last day or leave it open.",
            )
        )


def _refuse_known_out_of_order(known: Sequence[Charge], version: Charge) -> None:
    latest = max((one.known_on for one in known if one.known_on is not None), default=None)
    if latest is not None and version.known_on is not None and version.known_on < latest:
        raise ConflictError(f"A change that became known on {latest} stands already: give that day or a later one.")


def _refuse_overlap(others: Sequence[Charge], versions: Sequence[Charge]) -> None:
    """The same creditor asks for one kind of charge once a day."""
    of_others: dict[UUID, list[Charge]] = {}
    for one in others:
        if (one.kind, one.creditor) == (versions[0].kind, versions[0].creditor):
            of_others.setdefault(one.root_id, []).append(one)
    asked = [piece for piece in in_force(versions) if piece.amount_cents]
    for known in (piece for group in of_others.values() for piece in in_force(group) if piece.amount_cents):
        if any(overlap(known.period, piece.period) for piece in asked):
            raise ConflictError(
                f"This creditor already has such a charge from {known.from_day} "
                f"until {known.until_day or 'further notice'}: give days outside it."
            )
