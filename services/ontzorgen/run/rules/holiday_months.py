"""For which months holiday allowance was set aside that a month pays or hands over, as its events say."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.statement.rules.statement import StatementStatus
from shared.calendar import month_of
from shared.events import EventData, HolidayAllowanceHandedOver, HolidayAllowancePaid


class ReserveMonth(NamedTuple):
    """What a month that was run set aside, and what left the reserve in it."""

    month: str
    set_aside_cents: int
    left_cents: int


def list_reserve_months(months_before: Iterable[ReserveMonth]) -> list[ReserveMonth]:
    """Return the months of which a part is still set aside, of months in order; June leaves its own part."""
    reserve_months: list[ReserveMonth] = []
    for month in months_before:
        is_own_left = month.set_aside_cents > 0
        if month.left_cents:
            is_own_left = month.left_cents < _sum_cents(reserve_months) + month.set_aside_cents
            reserve_months.clear()
        if is_own_left:
            reserve_months.append(month)
    return reserve_months


def name_months(
    events: Iterable[EventData], month: HouseholdMonth, reserve_months: Sequence[ReserveMonth], right_until: date | None
) -> Iterator[EventData]:
    """Yield the events; those on holiday allowance with the first and last month for which it was set aside.

    `reserve_months` are the months before this one of which a part is set aside. Once the right is over, what is handed
    over is of days beyond it. What says already that it is beyond the right has its months.
    """
    paid, handed_over = _divide_months(month, reserve_months, right_until)
    is_beyond_right = month.statement.status is StatementStatus.NO_RIGHT
    for fact in events:
        if isinstance(fact, HolidayAllowancePaid) and paid:
            yield fact.model_copy(update={"first_month": paid[0], "last_month": paid[-1]})
        elif isinstance(fact, HolidayAllowanceHandedOver) and not fact.beyond_right and handed_over:
            months = {"first_month": handed_over[0], "last_month": handed_over[-1]}
            yield fact.model_copy(update=months | {"beyond_right": is_beyond_right or None})
        else:
            yield fact


def _divide_months(
    month: HouseholdMonth, reserve_months: Sequence[ReserveMonth], right_until: date | None
) -> tuple[list[str], list[str]]:
    """Return of which months a month pays what was set aside, and of which it hands that over."""
    statement, names = month.statement, [earlier.month for earlier in reserve_months]
    if statement.status is StatementStatus.NO_RIGHT and right_until is not None:
        last, first_beyond = month_of(right_until), month_of(right_until + timedelta(days=1))
        return [name for name in names if name <= last], [name for name in names if name >= first_beyond]
    own = [statement.month] if statement.holiday_reserve_cents and month.is_in_relief else []
    if statement.holiday_paid_cents and statement.holiday_handed_over_cents > statement.holiday_beyond_right_cents:
        return names, own  # June is the last month of relief
    left_cents = statement.holiday_paid_cents + statement.holiday_handed_over_cents
    months = [*names, *own] if left_cents > _sum_cents(reserve_months) else names
    return months, months


def _sum_cents(months: Iterable[ReserveMonth]) -> int:
    return sum(month.set_aside_cents for month in months)
