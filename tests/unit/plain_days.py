"""Days, cents and people of the plain implementation of the month's statement."""

import calendar
from datetime import date, timedelta
from fractions import Fraction
from functools import cache

from services.ontzorgen.statement.rules.situation import Adult, Child, Composition, Situation


class RefusedError(Exception):
    """There is no norm for such a household."""


def half_up(amount: Fraction | int) -> int:
    """Rounded to a whole cent; half a cent goes up."""
    exact = Fraction(amount)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


@cache
def days_in(month: str) -> list[date]:
    year, number = int(month[:4]), int(month[5:])
    return [date(year, number, day) for day in range(1, calendar.monthrange(year, number)[1] + 1)]


def next_month(month: str) -> str:
    return month_of(days_in(month)[-1] + timedelta(days=1))


def age(person: Adult | Child, day: date) -> int:
    if person.born_on is None:
        return person.age
    born = person.born_on
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def composition_on(situation: Situation, day: date) -> Composition:
    in_order = sorted(situation.compositions, key=lambda composition: composition.from_day)
    begun = in_order[0]
    for composition in in_order:
        if composition.from_day <= day:
            begun = composition
    return begun
