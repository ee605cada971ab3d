"""Every query on the ledger: whole entries in, and what it holds by household, account and municipality."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from services.ontzorgen.household.tables.households import HouseholdRow
from services.ontzorgen.ledger.rules import Account, Booking, LedgerTotals, MonthTotals
from services.ontzorgen.ledger.tables import LedgerEntryRow, LedgerLineRow
from shared.database.transactions import Transaction

# Headers and lines come in one statement: the database looks at both when it ends.
BOOK: Final = """
WITH entry AS (
    INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, run_id, household_id, month)
    SELECT $1, made.id, made.kind, made.line_count, $2, $3, made.household_id, made.month
    FROM unnest($4::bigint[], $5::smallint[], $6::smallint[], $7::uuid[], $8::text[])
        AS made(id, kind, line_count, household_id, month)
)
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
SELECT $1, line.* FROM unnest($9::bigint[], $10::smallint[], $11::smallint[], $12::bigint[]) AS line
"""
_NUMBERS: Final = "SELECT nextval('ledger_entry_number') FROM generate_series(1, $1::int)"


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one day and run as the arrays in which they go to the database."""

    ids: list[int] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    households: list[UUID | None] = field(default_factory=list)
    months: list[str] = field(default_factory=list)
    entry_ids: list[int] = field(default_factory=list)
    line_nos: list[int] = field(default_factory=list)
    accounts: list[int] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)

    def add(self, number: int, booking: Booking, household_id: UUID | None, month: str) -> None:
        """Take in an entry under its number."""
        lines = booking.lines
        count = len(lines)
        self.ids.append(number)
        self.kinds.append(booking.kind.value)
        self.counts.append(count)
        self.households.append(household_id)
        self.months.append(month)
        self.entry_ids.extend([number] * count)
        self.line_nos.extend(range(1, count + 1))
        for account, cents in lines:
            self.accounts.append(account)
            self.amounts.append(cents)

    def arguments(self, municipality: str, booked_on: date, run_id: UUID | None) -> list[Any]:
        """What `BOOK` is given."""
        return [
            *(municipality, booked_on, run_id, self.ids, self.kinds, self.counts, self.households, self.months),
            *(self.entry_ids, self.line_nos, self.accounts, self.amounts),
        ]


async def numbers(tx: Transaction, count: int) -> list[int]:
    """Numbers for so many entries."""
    return [row[0] for row in await (await tx.driver()).fetch(_NUMBERS, count)]


async def book(
    tx: Transaction, booked_on: date, run_id: UUID | None, entries: Iterable[tuple[UUID | None, str, Booking]]
) -> None:
    """Book entries, each of a household (or of none) and a month; they must be whole."""
    wanted = list(entries)
    if not wanted:
        return
    made = Entries()
    for number, (household_id, month, booking) in zip(await numbers(tx, len(wanted)), wanted, strict=True):
        made.add(number, booking, household_id, month)
    await (await tx.driver()).execute(BOOK, *made.arguments(tx.municipality, booked_on, run_id))


async def of_household(
    tx: Transaction, household_id: UUID, months: Sequence[str]
) -> list[tuple[LedgerEntryRow, list[LedgerLineRow]]]:
    """A household's entries in these months in order of booking, with their lines."""
    mine = (col(LedgerEntryRow.household_id) == household_id, col(LedgerEntryRow.month).in_(months))
    query = select(LedgerEntryRow).where(*mine).order_by(col(LedgerEntryRow.id))
    entries = (await tx.session.execute(query)).scalars().all()
    lines = select(LedgerLineRow).where(col(LedgerLineRow.entry_id).in_([entry.id for entry in entries]))
    by_entry: dict[int, list[LedgerLineRow]] = {}
    for line in (await tx.session.execute(lines.order_by(col(LedgerLineRow.line_no)))).scalars():
        by_entry.setdefault(line.entry_id, []).append(line)
    return [(entry, by_entry.get(entry.id, [])) for entry in entries]


async def sum_cents(tx: Transaction) -> int:
    """Over every line of the municipality, from what the database added up beside them; anything but 0 is wrong."""
    query = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_total WHERE municipality = $1"
    return int(await (await tx.driver()).fetchval(query, tx.municipality))


async def totals(tx: Transaction) -> LedgerTotals:
    """Counted from the ledger's lines and the months that were released."""
    query = "SELECT account, sum(amount_cents)::bigint FROM ledger_line WHERE municipality = $1 GROUP BY account"
    found = await (await tx.driver()).fetch(query, tx.municipality)
    cents = {Account(account): amount for account, amount in found}
    counts = select(func.count(), func.count().filter(col(HouseholdRow.ended_on).is_(None))).select_from(HouseholdRow)
    in_all, in_relief = (await tx.session.execute(counts)).one()
    months = await _month_totals(tx)
    return LedgerTotals(
        sum_cents=sum(cents.values()),
        deducted_cents=sum(month.deducted_cents for month in months),
        remainder_cents=sum(month.remainder_cents for month in months),
        holiday_reserve_cents=cents.get(Account.HOLIDAY_RESERVE, 0),
        months_run=sum(month.households for month in months),
        households=in_all,
        households_in_relief=in_relief,
        cents_by_account={account.name.lower(): amount for account, amount in sorted(cents.items())},
        months=months,
    )


async def _month_totals(tx: Transaction) -> list[MonthTotals]:
    query = """
    SELECT month, sum(households)::bigint, sum(norm_cents)::bigint, sum(deducted_cents)::bigint,
        sum(remainder_cents)::bigint, sum(shortfall_cents)::bigint
    FROM run WHERE municipality = $1 AND state = 'released' GROUP BY month ORDER BY month
    """
    return [MonthTotals(*row.values()) for row in await tx.rows(query, tx.municipality)]
