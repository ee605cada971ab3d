"""The ledger's entries: where money came from and where every cent of it went, in signed cents that sum to zero.

What an account receives is positive. What is short was never there, so it is not booked; it is told and becomes a task.
A correction passes through an account of its own by an entry of its own: what was booked before stays as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from services.ontzorgen.statement.rules.statement import Statement
from shared.events.codes import ChargeKind


class Account(IntEnum):
    """The accounts; the numbers are stored and never reused."""

    ASSISTANCE = 10
    ROUTED_ALLOWANCES = 11
    GRANT_GIFT = 12
    GRANT_LOAN = 13
    HOLIDAY_RESERVE = 20
    CREDITOR_RENT = 31
    CREDITOR_HEALTH_INSURANCE = 32
    CREDITOR_ENERGY = 33
    CREDITOR_WATER = 34
    CREDITOR_TELEPHONE = 35
    CREDITOR_TV = 36
    CREDITOR_INTERNET = 37
    CREDITOR_LIABILITY_INSURANCE = 38
    CREDITOR_CONTENTS_INSURANCE = 39
    CREDITOR_CHILDCARE = 40
    CREDITOR_TRAVEL = 41
    CREDITOR_OTHER = 42
    PERSON = 50
    BANK = 60
    CORRECTIONS = 70


class EntryKind(IntEnum):
    """What an entry books; the numbers are stored and never reused. A household's month is booked once."""

    MONTH = 1
    CORRECTION = 2
    BANK = 3
    OTHER = 4


CREDITOR_OF = {kind: Account[f"CREDITOR_{kind.name}"] for kind in ChargeKind}
CREDITORS = tuple(CREDITOR_OF.values())
_NUMBER_OF = {kind: account.value for kind, account in CREDITOR_OF.items()}
_ASSISTANCE, _ROUTED = Account.ASSISTANCE.value, Account.ROUTED_ALLOWANCES.value
_GIFT, _LOAN = Account.GRANT_GIFT.value, Account.GRANT_LOAN.value
_RESERVE, _PERSON, _CORRECTIONS = Account.HOLIDAY_RESERVE.value, Account.PERSON.value, Account.CORRECTIONS.value


class Line(NamedTuple):
    """One line of an entry."""

    account: int
    amount_cents: int


class Booking(NamedTuple):
    """An entry before it has a number."""

    kind: EntryKind
    lines: list[Line]


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


def bookings(statement: Statement, loans_cents: int = 0) -> list[Booking]:
    """The entries of a month, without lines of zero cents; none for a month without any right."""
    corrected = sum([one.paid_cents for one in statement.corrections]) if statement.corrections else 0
    lines = [
        Line(_ASSISTANCE, -statement.norm_cents),
        Line(_RESERVE, statement.holiday_reserve_cents),
        Line(_ROUTED, -statement.routed_allowances_cents),
        Line(_GIFT, loans_cents - statement.grants_cents),
        Line(_LOAN, -loans_cents),
        *[Line(_NUMBER_OF[one.kind], one.paid_cents) for one in statement.charges],
        Line(_CORRECTIONS, corrected),
        Line(_PERSON, statement.remainder_cents),
    ]
    lines = [line for line in lines if line.amount_cents]
    made = [Booking(EntryKind.MONTH, lines)] if lines else []
    if statement.corrections:
        passed = [line for line in _passed_on(statement) if line.amount_cents]
        made += [Booking(EntryKind.CORRECTION, passed)] if passed else []
    return made


def _passed_on(statement: Statement) -> Iterator[Line]:
    """Corrections leave their own account for the creditors', so that it holds nothing in the end."""
    for one in statement.corrections:
        yield Line(_CORRECTIONS, -one.paid_cents)
        yield Line(_NUMBER_OF[one.kind], one.paid_cents)
