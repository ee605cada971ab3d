"""The queries of the bank's messages: each is taken once, and one at a time."""

from typing import Final

from services.ontzorgen.bank.rules.messages import Counts
from services.ontzorgen.bank.tables import BankMessageRow
from shared.database import rows
from shared.database.transactions import Transaction

_TAKE_TURNS: Final = "SELECT pg_advisory_xact_lock(hashtext('bank_message'), hashtext($1))"


async def take_turns(tx: Transaction) -> None:
    """Let the bank messages of one municipality wait for each other until the transaction ends."""
    await (await tx.driver()).execute(_TAKE_TURNS, tx.municipality)


async def find_counts(tx: Transaction, sha256: str) -> Counts | None:
    """Return what came of a file when it was first read; None if it was not."""
    row = await rows.find(tx, BankMessageRow, sha256)
    return None if row is None else row.counts


async def add_message(tx: Transaction, sha256: str, kind: str, message_id: str, subject: str, counts: Counts) -> None:
    """Record that a file was taken, from whom, and what came of it."""
    values = {"kind": kind, "message_id": message_id, "received_by": subject, "counts": counts}
    await rows.add(tx, BankMessageRow, sha256=sha256, **values)
