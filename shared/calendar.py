"""Dutch days: periods in months, months by name, business days, the end of a legal term. Pure: no clock is read here.

A month is text, "YYYY-MM", as events carry it. Holidays come from the `holidays` package, which lists Goede Vrijdag
as public: it is no day off by itself, but the Algemene termijnenwet puts it on one line with the holidays where a
legal term ends (art. 3(2)), and 5 May likewise in every year. So there are two questions here, not one.
"""

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_GOOD_FRIDAY = "Goede vrijdag"
_LIBERATION_DAY = (5, 5)
_WEEKEND = (5, 6)
_MONTHS_IN_YEAR = 12


def amsterdam_date(moment: datetime) -> date:
    """The day it is in the Netherlands at this moment; ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("The moment has no time zone: give one, such as datetime.now(UTC).")
    return moment.astimezone(AMSTERDAM).date()


def add_months(day: date, months: int) -> date:
    """The same day number so many months later; the last day of that month where it has no such day."""
    year, index = divmod(day.year * _MONTHS_IN_YEAR + day.month - 1 + months, _MONTHS_IN_YEAR)
    return date(year, index + 1, min(day.day, calendar.monthrange(year, index + 1)[1]))


def period_end(first_day: date, months: int) -> date:
    """The last day of a period in whole months: the same day number later, minus one day (16 Sep + 6: 15 Mar).

    A month without that day number ends the period on its last day, so no period is shorter than it should be.
    """
    later = add_months(first_day, months)
    return later - timedelta(days=1) if later.day == first_day.day else later


def month_of(day: date) -> str:
    """The calendar month of a day, "YYYY-MM"."""
    return f"{day.year:04}-{day.month:02}"


def month_start(month: str) -> date:
    """The first day of a month "YYYY-MM"; ValueError with a sentence for anything else."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"'{month}' is no month: write year and month, such as 2026-07.") from None


def month_end(month: str) -> date:
    """The last day of a month."""
    return add_months(month_start(month), 1) - timedelta(days=1)


def days_in_month(month: str) -> int:
    return month_end(month).day


def next_month(month: str) -> str:
    return month_of(add_months(month_start(month), 1))


def months_between(first: str, last: str) -> Iterator[str]:
    """Every month from the first to the last, both included; none when the last comes before the first."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def days_shared(first: tuple[date, date | None], second: tuple[date, date | None]) -> int:
    """How many days two periods share; a period is (first day, last day or None for open), both included."""
    ends = [end for end in (first[1], second[1]) if end is not None]
    if not ends:
        raise ValueError("Two open periods share no countable number of days: close one of them.")
    return max((min(ends) - max(first[0], second[0])).days + 1, 0)


@cache
def public_holidays(year: int) -> dict[date, str]:
    """The days off of a year with their Dutch names; Goede Vrijdag is not among them, 5 May once in five years."""
    found = holidays.country_holidays("NL", years=year, language="nl")
    return {day: name for day, name in sorted(found.items()) if name != _GOOD_FRIDAY}


def is_business_day(day: date) -> bool:
    """Whether offices and banks in general work: no Saturday, no Sunday, no day off."""
    return day.weekday() not in _WEEKEND and day not in public_holidays(day.year)


def business_day_from(day: date) -> date:
    """The day itself, or the first business day after it."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


@cache
def _target_closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))


def target_day_from(day: date) -> date:
    """The day itself, or the first day after it on which the banks of the euro settle (TARGET); no Dutch calendar."""
    while day.weekday() in _WEEKEND or day in _target_closed(day.year):
        day += timedelta(days=1)
    return day


def term_end(day: date) -> date:
    """Where a legal term that ends on this day really ends (Algemene termijnenwet arts 1 and 3).

    A Saturday, Sunday or holiday moves it on; Goede Vrijdag and every 5 May count as holidays here.
    """
    while not is_business_day(day) or day in _term_holidays(day.year):
        day += timedelta(days=1)
    return day


@cache
def _term_holidays(year: int) -> frozenset[date]:
    found = holidays.country_holidays("NL", years=year, language="nl")
    good_friday = {day for day, name in found.items() if name == _GOOD_FRIDAY}
    return frozenset(good_friday | {date(year, *_LIBERATION_DAY)})
