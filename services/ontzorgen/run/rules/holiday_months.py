"""For which months holiday allowance stood aside that a month pays or hands over, as its events say."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.statement.rules.holiday import is_june
from shared.calendar import add_months, month_end, month_of, month_start
from shared.events import EventData, HolidayAllowanceHandedOver, HolidayAllowancePaid


@dataclass(frozen=True, slots=True)
class ReliefDays:
    """From when the right goes, until when, if that is known, and the last day of relief."""

    right_from: date
    right_until: date | None
    last_day: date

    @property
    def last_month(self) -> str:
        """The last month that sets something aside."""
        return month_of(min(self.last_day, self.right_until or self.last_day))


def name_months(events: Iterable[EventData], month: HouseholdMonth, days: ReliefDays) -> Iterator[EventData]:
    """Yield the events; those on holiday allowance with the first and last month for which it stood aside."""
    for fact in events:
        if isinstance(fact, HolidayAllowancePaid):
            first, last = _find_months_before(month, days)
            last = fact.month if _pays_its_own(month, days) else last
            yield fact.model_copy(update={"first_month": min(first, last), "last_month": last})
        elif isinstance(fact, HolidayAllowanceHandedOver):
            first, last = _find_months_before(month, days)
            last = fact.month if month.is_in_relief else last
            first = fact.month if is_june(fact.month) else first
            yield fact.model_copy(update={"first_month": min(first, last), "last_month": last})
        else:
            yield fact


def _find_months_before(month: HouseholdMonth, days: ReliefDays) -> tuple[str, str]:
    """Return the first and last month before a month whose parts stood aside: from the last June on."""
    name = month.statement.month
    year = int(name[:4])
    june = f"{year - (name <= f'{year}-06')}-06"
    before = month_of(add_months(month_start(name), -1))
    return max(june, month_of(days.right_from)), min(before, days.last_month)


def _pays_its_own(month: HouseholdMonth, days: ReliefDays) -> bool:
    """Return whether what a month pays has its own part in it: not in June, unless all ends there and is paid."""
    name = month.statement.month
    if not month.is_in_relief:
        return False
    if not is_june(name):
        return True
    ends = days.right_until is not None and days.right_until <= month_end(name)
    is_last = month_of(days.last_day) == name and not month.statement.holiday_handed_over_cents
    return ends or is_last
