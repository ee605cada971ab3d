"""When holiday allowance that is set aside is paid: in June, over the months before it (Participatiewet 45(1))."""

from shared.calendar import month_of, month_start

_JUNE = 6


def find_next_june(month: str) -> str:
    """Return the first June after a month: what June itself sets aside is paid a year later."""
    first = month_start(month)
    return month_of(first.replace(year=first.year + (first.month >= _JUNE), month=_JUNE))


def is_june(month: str) -> bool:
    """Return whether a month is the one in which holiday allowance is paid."""
    return month_start(month).month == _JUNE
