"""The ledger's entries: where money came from and where every cent of it went, in signed cents that sum to zero.

What an account receives is positive. A shortfall is money that was never there: it is not booked, but published and
raised as a task. A correction passes through an account of its own by an entry of its own: what was booked before
stays as it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.statement.rules.situation import AttachmentKind
from services.ontzorgen.statement.rules.statement import Statement
from shared.events.codes import ChargeKind


class Account(IntEnum):
    """The accounts; the numbers are stored and never reused."""

    ASSISTANCE = 10
    ROUTED_ALLOWANCES = 11
    GRANT_GIFT = 12
    GRANT_LOAN = 13
    HOLIDAY_RESERVE = 20
    BENEFIT_ADMINISTRATION = 21
    SET_OFF = 22
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
    ATTACHMENT = 43
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
_BENEFIT = Account.BENEFIT_ADMINISTRATION.value
_TAKEN_BY = {AttachmentKind.ATTACHMENT: Account.ATTACHMENT.value, AttachmentKind.SET_OFF: Account.SET_OFF.value}


class Line(NamedTuple):
    """One line of an entry."""

    account: int
    amount_cents: int


class Booking(NamedTuple):
    """An entry before it has a number."""

    kind: EntryKind
    lines: list[Line]


@dataclass(frozen=True)
class LedgerEntry:
    """An entry as it was booked. `run_id` None: booked outside a run."""

    id: int
    kind: EntryKind
    month: str
    booked_on: date
    run_id: UUID | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class EntryColumns:
    """Numbered entries of one day and run, column by column, as they are written."""

    ids: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    line_counts: list[int] = field(default_factory=list)
    household_ids: list[UUID | None] = field(default_factory=list)
    months: list[str] = field(default_factory=list)
    entry_ids: list[int] = field(default_factory=list)
    line_nos: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    amounts_cents: list[int] = field(default_factory=list)

    def add(self, number: int, booking: Booking, household_id: UUID | None, month: str) -> None:
        """Append an entry under its number."""
        lines = booking.lines
        count = len(lines)
        self.ids.append(number)
        self.kinds.append(booking.kind.value)
        self.line_counts.append(count)
        self.household_ids.append(household_id)
        self.months.append(month)
        self.entry_ids.extend([number] * count)
        self.line_nos.extend(range(1, count + 1))
        for account, cents in lines:
            self.accounts.append(account)
            self.amounts_cents.append(cents)


@dataclass(frozen=True)
class LedgerProof:
    """What was read of a municipality's ledger, and what is wrong with it: nothing, in a ledger as it should be.

    `wrong_entries` are the first entries that do not sum to zero or do not have all their lines; `wrong_totals` are
    runs (None outside one) and accounts of which a total is not the sum of its lines. Lines without an entry are of no
    run. `wrong_reserves` are households that have another amount set aside than the ledger holds for them.
    """

    municipality: str
    entries: int
    lines: int
    wrong_entries: tuple[int, ...] = ()
    wrong_totals: tuple[tuple[UUID | None, int], ...] = ()
    wrong_reserves: tuple[UUID, ...] = ()

    @property
    def holds(self) -> bool:
        return not (self.wrong_entries or self.wrong_totals or self.wrong_reserves)


@dataclass(frozen=True)
class MonthTotals:
    """All households of one month together."""

    month: str
    households: int
    norm_cents: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int
    attachment_cents: int
    set_off_cents: int
    holiday_paid_cents: int
    holiday_handed_over_cents: int


@dataclass(frozen=True)
class LedgerTotals:
    """What the ledger and the months hold of a municipality. `sum_cents` is over every line and must be 0."""

    sum_cents: int
    deducted_cents: int
    remainder_cents: int
    holiday_reserve_cents: int
    holiday_paid_cents: int
    holiday_handed_over_cents: int
    attachment_cents: int
    set_off_cents: int
    months_run: int
    households: int
    households_in_relief: int
    cents_by_account: dict[str, int]
    months: list[MonthTotals]


def build_bookings(statement: Statement, loans_cents: int = 0) -> list[Booking]:
    """Return the entries of a month, without lines of zero cents; none for a month in which no money moves."""
    corrected_cents = sum([correction.paid_cents for correction in statement.corrections])
    lines = [
        Line(_ASSISTANCE, statement.income_cents + statement.reduction_cents - statement.norm_cents),
        Line(_RESERVE, statement.holiday_reserve_cents),
        Line(_ROUTED, -statement.routed_allowances_cents),
        Line(_GIFT, loans_cents - statement.grants_cents),
        Line(_LOAN, -loans_cents),
        *[Line(_TAKEN_BY[attachment.kind], attachment.cents) for attachment in statement.attachments],
        *[Line(_NUMBER_OF[charge.kind], charge.paid_cents) for charge in statement.charges],
        Line(_CORRECTIONS, corrected_cents),
        Line(_PERSON, statement.remainder_cents),
        Line(_RESERVE, -statement.holiday_paid_cents - statement.holiday_handed_over_cents),
        Line(_PERSON, statement.holiday_paid_cents),
        Line(_BENEFIT, statement.holiday_handed_over_cents),
    ]
    lines = [line for line in lines if line.amount_cents]
    bookings = [Booking(EntryKind.MONTH, lines)] if lines else []
    if statement.corrections and (lines := [line for line in _pass_on_corrections(statement) if line.amount_cents]):
        bookings.append(Booking(EntryKind.CORRECTION, lines))
    return bookings


def _pass_on_corrections(statement: Statement) -> Iterator[Line]:
    """Yield lines that move corrections from their own account to the creditors', so that it ends up empty."""
    for correction in statement.corrections:
        yield Line(_CORRECTIONS, -correction.paid_cents)
        yield Line(_NUMBER_OF[correction.kind], correction.paid_cents)
