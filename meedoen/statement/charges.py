"""The charges of a household's file as versions: what was known of each amount, and since when.

In a file each amount is valid on its own days. What became known late replaces what was paid until then, and changes
nothing about an amount of other days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from meedoen.statement.input import ChargeEntry
from services.ontzorgen.statement.rules.situation import ChargeTerms

_DAY = timedelta(days=1)


def charge_versions(entries: Sequence[ChargeEntry], right_from: date) -> tuple[ChargeTerms, ...]:
    """Return the charges in the order of the file, then those that are valid again after a later-known one ended."""
    charges = [_charge_terms(charge, right_from) for charge in entries]
    known_at_first = [replace(charge, until_day=_last_day_known_at_first(charge, charges)) for charge in charges]
    return (*known_at_first, *(version for charge in charges for version in _repeat_versions(charge, charges)))


def _charge_terms(entry: ChargeEntry, right_from: date) -> ChargeTerms:
    """Convert one charge; without a first day it starts with the right, or on its last day if that is earlier."""
    return ChargeTerms(
        key=f"{entry.kind} {entry.creditor or entry.kind}",
        kind=entry.charge_kind,
        creditor=entry.creditor or entry.kind,
        amount_cents=entry.cents,
        from_day=entry.from_day or min(right_from, entry.until or right_from),
        until_day=entry.until,
        first_due=entry.first_due,
        known_on=entry.known_on,
    )


def _last_day_known_at_first(charge: ChargeTerms, charges: Sequence[ChargeTerms]) -> date | None:
    """Return the last day of a charge as it was known at first.

    If the next day has an amount that became known later, so did this end: the old amount continued until then.
    """
    if charge.until_day is None:
        return None
    following = charge.until_day + _DAY
    in_place = [
        other.until_day or date.max for other in _charges_known_later(charge, charges) if other.from_day == following
    ]
    together = [
        other.from_day - _DAY
        for other in _charges_known_together(charge, charges, charge.known_on)
        if other.from_day >= following
    ]
    end = min([max(in_place, default=charge.until_day), *together])
    return None if end == date.max else end


def _repeat_versions(charge: ChargeTerms, charges: Sequence[ChargeTerms]) -> Iterator[ChargeTerms]:
    """Yield the versions of a charge that is still valid after an amount that became known later."""
    before = {
        other.known_on
        for other in _charges_known_later(charge, charges)
        if (other.until_day or date.max) < charge.from_day
    }
    for known_on in sorted(day for day in before if day):
        ends = charge.until_day or date.max
        for other in _charges_known_together(charge, charges, known_on):
            if (other.until_day or date.max) >= charge.from_day:
                ends = min(ends, other.from_day - _DAY)
        if ends >= charge.from_day:
            yield replace(charge, known_on=known_on, until_day=None if ends == date.max else ends)


def _charges_known_later(charge: ChargeTerms, charges: Sequence[ChargeTerms]) -> list[ChargeTerms]:
    known_on = charge.known_on or date.min
    return [other for other in charges if other.key == charge.key and (other.known_on or date.min) > known_on]


def _charges_known_together(
    charge: ChargeTerms, charges: Sequence[ChargeTerms], known_on: date | None
) -> list[ChargeTerms]:
    return [
        other for other in charges if other is not charge and other.key == charge.key and other.known_on == known_on
    ]
