"""The charges of a household's file as versions: what was known of each amount, and since when.

In a file each amount holds in its own days. What became known late stands in place of what was paid until then, and
takes nothing away from an amount of other days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from meedoen.statement.input import ChargeEntry
from services.ontzorgen.statement.rules.situation import ChargeTerms

_DAY = timedelta(days=1)


def charges_of(entries: Sequence[ChargeEntry], right_from: date) -> tuple[ChargeTerms, ...]:
    """The charges in the order of the file, and after them those that hold again after one known later has ended."""
    charges = [_charge(one, right_from) for one in entries]
    known_at_first = [replace(one, until_day=_until(one, charges)) for one in charges]
    return (*known_at_first, *(again for one in charges for again in _again(one, charges)))


def _charge(one: ChargeEntry, right_from: date) -> ChargeTerms:
    """One charge; without a first day it was there when the right began, or until it ended before that."""
    return ChargeTerms(
        key=f"{one.kind} {one.creditor or one.kind}",
        kind=one.charge_kind,
        creditor=one.creditor or one.kind,
        amount_cents=one.cents,
        from_day=one.from_day or min(right_from, one.until or right_from),
        until_day=one.until,
        first_due=one.first_due,
        known_on=one.known_on,
    )


def _until(one: ChargeTerms, charges: Sequence[ChargeTerms]) -> date | None:
    """The last day of a charge as it was known at first.

    Where the next day has an amount that became known later, so did this end: the old amount went on until then.
    """
    if one.until_day is None:
        return None
    following = one.until_day + _DAY
    in_place = [other.until_day or date.max for other in _later(one, charges) if other.from_day == following]
    together = [other.from_day - _DAY for other in _together(one, charges, one.known_on) if other.from_day >= following]
    end = min([max(in_place, default=one.until_day), *together])
    return None if end == date.max else end


def _again(one: ChargeTerms, charges: Sequence[ChargeTerms]) -> Iterator[ChargeTerms]:
    """A charge of days after an amount that became known later, said again with it: it still holds."""
    before = {other.known_on for other in _later(one, charges) if (other.until_day or date.max) < one.from_day}
    for known_on in sorted(day for day in before if day):
        ends = one.until_day or date.max
        for other in _together(one, charges, known_on):
            if (other.until_day or date.max) >= one.from_day:
                ends = min(ends, other.from_day - _DAY)
        if ends >= one.from_day:
            yield replace(one, known_on=known_on, until_day=None if ends == date.max else ends)


def _later(one: ChargeTerms, charges: Sequence[ChargeTerms]) -> list[ChargeTerms]:
    known = one.known_on or date.min
    return [other for other in charges if other.key == one.key and (other.known_on or date.min) > known]


def _together(one: ChargeTerms, charges: Sequence[ChargeTerms], known_on: date | None) -> list[ChargeTerms]:
    return [other for other in charges if other is not one and other.key == one.key and other.known_on == known_on]
