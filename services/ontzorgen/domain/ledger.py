"""The ledger's entry for a month: where the benefit came from and where every cent of it went.

Every entry sums to zero. Amounts are signed cents: what an account receives is positive. What is short was never
there, so it is not booked; it is told and becomes a task.
"""

from dataclasses import dataclass
from enum import IntEnum

from services.ontzorgen.domain.earlier_statement import Statement
from shared.events.codes import ChargeKind


class Account(IntEnum):
    """The accounts; the numbers are stored and never reused."""

    ASSISTANCE = 10
    HOLIDAY_RESERVE = 20
    CREDITOR_RENT = 31
    CREDITOR_HEALTH_INSURANCE = 32
    CREDITOR_ENERGY = 33
    CREDITOR_WATER = 34
    PERSON = 40


_CREDITOR_ACCOUNTS = {
    ChargeKind.RENT: Account.CREDITOR_RENT,
    ChargeKind.HEALTH_INSURANCE: Account.CREDITOR_HEALTH_INSURANCE,
    ChargeKind.ENERGY: Account.CREDITOR_ENERGY,
    ChargeKind.WATER: Account.CREDITOR_WATER,
}
CREDITORS = tuple(_CREDITOR_ACCOUNTS.values())


@dataclass(frozen=True)
class MonthTotals:
    """All households of one month together."""

    month: str
    households: int
    norm_cents: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int


@dataclass(frozen=True)
class LedgerTotals:
    """What the ledger and the months hold of a municipality. `sum_cents` is over every line and must be 0."""

    sum_cents: int
    deducted_cents: int
    remainder_cents: int
    holiday_reserve_cents: int
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotals]


def bookings(statement: Statement) -> tuple[tuple[Account, int], ...]:
    """The entry's lines in order, without those of zero cents; empty for a month without any right."""
    lines = (
        (Account.ASSISTANCE, -statement.norm_cents),
        (Account.HOLIDAY_RESERVE, statement.holiday_reserve_cents),
        *((_CREDITOR_ACCOUNTS[line.kind], line.paid_cents) for line in statement.lines),
        (Account.PERSON, statement.remainder_cents),
    )
    return tuple((account, cents) for account, cents in lines if cents)
