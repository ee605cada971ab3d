"""A household of a pilot as its script sees it, and the weeks in which it is visited."""

from dataclasses import dataclass
from datetime import date, timedelta

from demo.commands import FixedCharge
from demo.pilots.entries import InRelief
from demo.pilots.homes import Household
from demo.rng import Dice
from shared.calendar import add_months, month_of

MONTHS = 6
_TWELFTH = timedelta(days=11)


@dataclass(frozen=True)
class Played:
    """A household of a pilot with what it needs to be told of; `paid` are the charges with a mandate."""

    dice: Dice
    home: InRelief
    number: int
    household: Household
    charges: tuple[FixedCharge, ...]
    paid: tuple[FixedCharge, ...]
    first_day: date

    @property
    def month_cents(self) -> int:
        return sum(charge.amount_cents for charge in self.paid)

    def month(self, place: int) -> str:
        return month_of(add_months(self.first_day, place))

    def visit(self, place: int, weekday: int = 0) -> date:
        return visit(self.first_day, place, weekday)


def visit(first_day: date, place: int, weekday: int = 0) -> date:
    """A day of the week with the twelfth of a month."""
    twelfth = add_months(first_day, place) + _TWELFTH
    return twelfth - timedelta(days=twelfth.weekday() - weekday)
