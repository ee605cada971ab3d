"""A household of a pilot as its script uses it, and the weeks in which it is visited."""

from dataclasses import dataclass
from datetime import date, timedelta

from demo.commands import FixedCharge
from demo.pilots.entries import ReliefHousehold
from demo.pilots.homes import HouseholdProfile
from demo.rng import SeededRandom
from shared.calendar import add_months, month_of

MONTHS = 6
_TWELFTH = timedelta(days=11)


@dataclass(frozen=True)
class PilotCase:
    """A household of a pilot with what its script needs; `paid` are the charges with a mandate."""

    rng: SeededRandom
    household: ReliefHousehold
    number: int
    profile: HouseholdProfile
    charges: tuple[FixedCharge, ...]
    paid: tuple[FixedCharge, ...]
    first_day: date

    @property
    def month_cents(self) -> int:
        return sum(charge.amount_cents for charge in self.paid)

    def month(self, month_index: int) -> str:
        return month_of(add_months(self.first_day, month_index))

    def visit(self, month_index: int, weekday: int = 0) -> date:
        return visit(self.first_day, month_index, weekday)


def visit(first_day: date, month_index: int, weekday: int = 0) -> date:
    """Return a weekday in the week of the twelfth of a month."""
    twelfth = add_months(first_day, month_index) + _TWELFTH
    return twelfth - timedelta(days=twelfth.weekday() - weekday)
