"""The ledger is booked by the other capabilities, summed every day, and proven when someone asks."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg

from services.ontzorgen import metrics
from services.ontzorgen.ledger.repository import entries, proof
from services.ontzorgen.ledger.rules import Booking, EntryColumns, LedgerProof
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction


async def book_entries(
    bookings: Sequence[tuple[UUID | None, str, Booking]], booked_on: date, run_id: UUID | None, tx: Transaction
) -> None:
    """Book entries, each of a household (or of none) and a month."""
    await entries.add_entries(tx, bookings, booked_on, run_id)


async def book_numbered_entries(numbered: EntryColumns, booked_on: date, run_id: UUID | None, tx: Transaction) -> None:
    """Book entries that have their numbers already."""
    await entries.add_numbered_entries(tx, numbered, booked_on, run_id)


async def watch_sum(tx: Transaction) -> None:
    """Show the sum of this municipality's ledger in the gauge: it must be 0."""
    sum_cents = await entries.sum_lines_cents(tx)
    count_on_commit(tx, partial(metrics.LEDGER_SUM_CENTS.set, tx.municipality, sum_cents))


async def prove_ledger(connection: asyncpg.Connection, municipality: str) -> LedgerProof:
    """Read the ledger of a municipality once and return what is wrong with it; change nothing, lock nothing."""
    return await proof.prove(connection, municipality)
