"""Days and months of the plain implementation of the month's statement."""

import calendar
from datetime import date, timedelta
from functools import cache

from services.ontzorgen.statement.rules.situation import Composition, Situation


def month_of(day: date) -> str:
    return f"{day.year:04}-{day.month:02}"


@cache
def days_in(month: str) -> list[date]:
    year, number = int(month[:4]), int(month[5:])
    return [date(year, number, day) for day in range(1, calendar.monthrange(year, number)[1] + 1)]


def next_month(month: str) -> str:
    return month_of(days_in(month)[-1] + timedelta(days=1))


def composition_on(situation: Situation, day: date) -> Composition:
    in_order = sorted(situation.compositions, key=lambda composition: composition.from_day)
    begun = in_order[0]
    for composition in in_order:
        if composition.from_day <= day:
            begun = composition
    return begun
