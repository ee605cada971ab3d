"""The ledger is booked by the other capabilities, summed every day, and proven when someone asks."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg

from services.ontzorgen import metrics
from services.ontzorgen.ledger.repository import entries, proof
from services.ontzorgen.ledger.rules import Booking, EntryColumns, LedgerProof
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def book_entries(
    bookings: Sequence[tuple[UUID | None, str, Booking]], booked_on: date, run_id: UUID | None, tx: Transaction
) -> None:
    """Book entries, each of a household (or of none) and a month."""
    await entries.add_entries(tx, bookings, booked_on, run_id)


async def book_numbered_entries(numbered: EntryColumns, booked_on: date, run_id: UUID | None, tx: Transaction) -> None:
    """Book entries that have their numbers already."""
    await entries.add_numbered_entries(tx, numbered, booked_on, run_id)


async def sum_ledger(tx: Transaction) -> Figures:
    """Return the sum of this municipality's ledger, absolute, so that municipalities cannot cancel each other out."""
    return {metrics.LEDGER_SUM_CENTS: {(): abs(await entries.sum_lines_cents(tx))}}


async def prove_ledger(connection: asyncpg.Connection, municipality: str) -> LedgerProof:
    """Read the ledger of a municipality once and return what is wrong with it; change nothing, lock nothing."""
    return await proof.prove(connection, municipality)
