"""Which days are believed: a day ends relief and misses deadlines, so one that cannot be true must not be acted on.

A day later than tomorrow by the clock of the service is never believed; one that is further after the last day seen
than the policy of its municipality allows is believed once an operator releases it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from shared.calendar import day_id
from shared.messaging.outcome import HoldReason, Park

_SEEN = "SELECT municipality, day FROM messaging.day_seen WHERE municipality = ANY($1::text[])"
_RECORD = "SELECT messaging.record_days($1, $2)"

_AHEAD = (
    "The day is later than tomorrow by the clock of this service: find who published it, then discard it; "
    "if it is this clock that is wrong, set it right and release the event."
)
_OTHER_ID = "The id of the event is not the one of its day: find who published it, then discard it."
_JUMP = (
    "The day is more than {days} days after {last}, the last day seen: publish the days between if they were missed, "
    "or release the event if it is right, or discard it."
)


@dataclass(frozen=True)
class DayRules:
    """What makes a day plausible; `forward_days_max` is the policy of a municipality on the last day seen."""

    today: Callable[[], date]
    forward_days_max: Callable[[str, date], int] | None = None

    def find_implausible(self, event_id: UUID, municipality: str, day: date) -> Park | None:
        """Return why a day is not believed, whatever was seen before."""
        if day - self.today() > timedelta(days=1):
            return Park(HoldReason.IMPLAUSIBLE_DAY, _AHEAD)
        if event_id != day_id(municipality, day):
            return Park(HoldReason.IMPLAUSIBLE_DAY, _OTHER_ID)
        return None

    def find_jump(self, municipality: str, day: date, last: date | None) -> Park | None:
        """Return why a day is not believed after the last day seen."""
        if last is None or day <= last or self.forward_days_max is None:
            return None
        days = self.forward_days_max(municipality, last)
        if (day - last).days <= days:
            return None
        return Park(HoldReason.IMPLAUSIBLE_DAY, _JUMP.format(days=days, last=last))


async def load_days_seen(connection: asyncpg.Connection, municipalities: Iterable[str]) -> dict[str, date]:
    """Return the last day seen of each of these municipalities that has one."""
    rows = await connection.fetch(_SEEN, sorted(set(municipalities)))
    return {row["municipality"]: row["day"] for row in rows}


async def record_days_seen(connection: asyncpg.Connection, seen: Mapping[str, date]) -> None:
    """Record these days as seen; an earlier day than the one recorded changes nothing."""
    await connection.execute(_RECORD, list(seen), list(seen.values()))
