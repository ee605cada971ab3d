"""Every query on the ledger: whole entries in, and what it holds by household, account and municipality."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from services.ontzorgen.ledger.rules import (
    Account,
    Booking,
    EntryColumns,
    EntryKind,
    LedgerEntry,
    LedgerTotals,
    Line,
    MonthTotals,
)
from services.ontzorgen.ledger.tables import LedgerEntryRow, LedgerLineRow
from shared.database.transactions import Transaction

# Headers and lines come in one statement: the database looks at both when it ends.
_ADD: Final = """
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
# Entries are indexed by month and household: those of a household are looked up in the months of its relief, and in
# the one after it, which pays what was left.
_IN_RELIEF: Final = """month = ANY (ARRAY(
    SELECT to_char(day, 'YYYY-MM') FROM household h
    CROSS JOIN generate_series(
        date_trunc('month', h.first_day), greatest(h.last_day, to_date(h.next_month, 'YYYY-MM')), interval '1 month'
    ) AS day
    WHERE h.municipality = :municipality AND h.id = :household_id
))"""
_HOUSEHOLDS: Final = """
SELECT count(*) AS households, count(*) FILTER (WHERE ended_on IS NULL) AS in_relief
FROM household WHERE municipality = $1
"""
_MONTHS: Final = """
SELECT month, sum(households)::bigint, sum(norm_cents)::bigint, sum(deducted_cents)::bigint,
    sum(remainder_cents)::bigint, sum(shortfall_cents)::bigint, sum(attachment_cents)::bigint,
    sum(set_off_cents)::bigint, sum(holiday_paid_cents)::bigint, sum(holiday_handed_over_cents)::bigint
FROM run WHERE municipality = $1 AND state = 'released' GROUP BY month ORDER BY month
"""


async def add_numbered_entries(tx: Transaction, entries: EntryColumns, booked_on: date, run_id: UUID | None) -> None:
    """Add entries that have their numbers; each must sum to zero."""
    await (await tx.driver()).execute(
        _ADD,
        tx.municipality,
        booked_on,
        run_id,
        entries.ids,
        entries.kinds,
        entries.line_counts,
        entries.household_ids,
        entries.months,
        entries.entry_ids,
        entries.line_nos,
        entries.accounts,
        entries.amounts_cents,
    )


async def add_entries(
    tx: Transaction, entries: Sequence[tuple[UUID | None, str, Booking]], booked_on: date, run_id: UUID | None
) -> None:
    """Add entries, each of a household (or of none) and a month; each must sum to zero."""
    if not entries:
        return
    numbers = [row[0] for row in await (await tx.driver()).fetch(_NUMBERS, len(entries))]
    columns = EntryColumns()
    for number, (household_id, month, booking) in zip(numbers, entries, strict=True):
        columns.add(number, booking, household_id, month)
    await add_numbered_entries(tx, columns, booked_on, run_id)


async def list_household_entries(tx: Transaction, household_id: UUID) -> list[LedgerEntry]:
    """Return the entries of a household's months in relief, in order of booking, with their lines."""
    in_relief = text(_IN_RELIEF).bindparams(municipality=tx.municipality, household_id=household_id)
    query = select(LedgerEntryRow).where(col(LedgerEntryRow.household_id) == household_id, in_relief)
    entries = (await tx.session.execute(query.order_by(col(LedgerEntryRow.id)))).scalars().all()
    lines_query = select(LedgerLineRow).where(col(LedgerLineRow.entry_id).in_([entry.id for entry in entries]))
    lines_by_entry: dict[int, list[Line]] = {entry.id: [] for entry in entries}
    for line in (await tx.session.execute(lines_query.order_by(col(LedgerLineRow.line_no)))).scalars():
        lines_by_entry[line.entry_id].append(Line(line.account, line.amount_cents))
    return [
        LedgerEntry(
            id=entry.id,
            kind=EntryKind(entry.kind),
            month=entry.month,
            booked_on=entry.booked_on,
            run_id=entry.run_id,
            lines=lines_by_entry[entry.id],
        )
        for entry in entries
    ]


async def sum_lines_cents(tx: Transaction) -> int:
    """Return the sum of the municipality's lines, as the database added them up; anything but 0 is wrong."""
    query = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_total WHERE municipality = $1"
    return int(await (await tx.driver()).fetchval(query, tx.municipality))


async def count_totals(tx: Transaction) -> LedgerTotals:
    """Return the totals of the municipality, from the ledger's lines and the months that were released."""
    query = "SELECT account, sum(amount_cents)::bigint FROM ledger_line WHERE municipality = $1 GROUP BY account"
    await tx.flush()
    driver = await tx.driver()
    cents = {Account(account): amount for account, amount in await driver.fetch(query, tx.municipality)}
    ((households, households_in_relief),) = await driver.fetch(_HOUSEHOLDS, tx.municipality)
    months = [MonthTotals(*row) for row in await driver.fetch(_MONTHS, tx.municipality)]
    return LedgerTotals(
        sum_cents=sum(cents.values()),
        deducted_cents=sum(month.deducted_cents for month in months),
        remainder_cents=sum(month.remainder_cents for month in months),
        holiday_reserve_cents=cents.get(Account.HOLIDAY_RESERVE, 0),
        holiday_paid_cents=sum(month.holiday_paid_cents for month in months),
        holiday_handed_over_cents=sum(month.holiday_handed_over_cents for month in months),
        attachment_cents=sum(month.attachment_cents for month in months),
        set_off_cents=sum(month.set_off_cents for month in months),
        months_run=sum(month.households for month in months),
        households=households,
        households_in_relief=households_in_relief,
        cents_by_account={account.name.lower(): amount for account, amount in sorted(cents.items())},
        months=months,
    )
