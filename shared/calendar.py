"""Dutch days: periods in months, months by name, business days. Pure: no clock is read here.

A month is text, "YYYY-MM", as events carry it. Holidays come from the `holidays` package, which lists Goede Vrijdag
as public: it is not a day off by itself.
"""

import calendar
import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_GOOD_FRIDAY = "Goede vrijdag"
_WEEKEND = (5, 6)
# Besluit gelijkstelling van 2 januari 2026, 15 mei 2026, 7 mei 2027, 28 april 2028 en 26 mei 2028 met een algemeen
# erkende feestdag. The next decree is to be added here.
_EQUATED_DAYS = frozenset({date(2026, 1, 2), date(2026, 5, 15), date(2027, 5, 7), date(2028, 4, 28), date(2028, 5, 26)})
_LIBERATION_DAY = (5, 5)
_MONTHS_IN_YEAR = 12
_UUID_RANDOM_BITS = 74


def amsterdam_date(moment: datetime) -> date:
    """Return the date in the Netherlands at this moment; ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("The moment has no time zone: give one, such as datetime.now(UTC).")
    return moment.astimezone(AMSTERDAM).date()


def day_start(day: date) -> datetime:
    """Return the moment at which a day starts in the Netherlands, in UTC."""
    return datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)


def day_id(municipality: str, day: date) -> UUID:
    """Return the id of a day's event: a UUID version 7 with the start of the day as its time, the rest a digest."""
    milliseconds = int(day_start(day).timestamp() * 1000)
    digest = hashlib.sha256(f"meedoen calendar {municipality} {day.isoformat()}".encode()).digest()
    random = int.from_bytes(digest[:10], "big") & ((1 << _UUID_RANDOM_BITS) - 1)
    upper, lower = divmod(random, 1 << 62)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | upper << 64 | 0b10 << 62 | lower)


def add_months(day: date, months: int) -> date:
    """Return the same day number so many months later; the last day of that month if it has no such day."""
    year, index = divmod(day.year * _MONTHS_IN_YEAR + day.month - 1 + months, _MONTHS_IN_YEAR)
    return date(year, index + 1, min(day.day, calendar.monthrange(year, index + 1)[1]))


def period_end(first_day: date, months: int) -> date:
    """Return the last day of a period in whole months: the same day number later, minus one day (16 Sep + 6: 15 Mar).

    A month without that day number ends the period on its last day, so no period is shorter than it should be.
    """
    later = add_months(first_day, months)
    return later - timedelta(days=1) if later.day == first_day.day else later


def month_of(day: date) -> str:
    """Return the calendar month of a day, "YYYY-MM"."""
    return f"{day.year:04}-{day.month:02}"


def month_start(month: str) -> date:
    """Return the first day of a month "YYYY-MM"; ValueError with a sentence for anything else."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"'{month}' is not a month: write year and month, such as 2026-07.") from None


def month_end(month: str) -> date:
    """Return the last day of a month."""
    return add_months(month_start(month), 1) - timedelta(days=1)


def next_month(month: str) -> str:
    return month_of(add_months(month_start(month), 1))


def months_between(first: str, last: str) -> Iterator[str]:
    """Yield every month from the first to the last, both included; none if the last comes before the first."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


@cache
def public_holidays(year: int) -> dict[date, str]:
    """Return the days off of a year with their Dutch names; without Goede Vrijdag, with 5 May once in five years."""
    days = holidays.country_holidays("NL", years=year, language="nl")
    return {day: name for day, name in sorted(days.items()) if name != _GOOD_FRIDAY}


def is_business_day(day: date) -> bool:
    """Return whether offices work: not on Saturday, Sunday or a day off."""
    return day.weekday() not in _WEEKEND and day not in public_holidays(day.year)


def business_day_from(day: date) -> date:
    """Return the day itself, or the first business day after it."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def legal_term_end(day: date) -> date:
    """Return the last day of a term set by law that would end on a day (Algemene termijnenwet 1 and 3).

    Not on Saturday, Sunday or a day that the Act names. These are the days off, each 5 May, Goede Vrijdag, and the days
    that a decree equates with them.
    """
    while day.weekday() in _WEEKEND or day in _legal_holidays(day.year):
        day += timedelta(days=1)
    return day


@cache
def _legal_holidays(year: int) -> frozenset[date]:
    named = holidays.country_holidays("NL", years=year, language="nl")
    return frozenset(named) | _EQUATED_DAYS | {date(year, *_LIBERATION_DAY)}


@cache
def _target_closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))


def is_target_day(day: date) -> bool:
    """Return whether euro banks settle on this day (TARGET, by the ECB)."""
    return day.weekday() not in _WEEKEND and day not in _target_closed(day.year)


def target_day_from(day: date) -> date:
    """Return the day itself, or the first day after it on which euro banks settle (TARGET, by the ECB)."""
    while not is_target_day(day):
        day += timedelta(days=1)
    return day


def target_days_back(day: date, days: int) -> date:
    """Return the last day after which so many days on which euro banks settle have passed before this one."""
    while days:
        day -= timedelta(days=1)
        days -= is_target_day(day)
    return day - timedelta(days=1)
