"""What the bank's tables add up to. Runs, files and messages are few: no table of payments or entries is read."""

from typing import Final

from shared.database.transactions import Transaction

_RUNS_WITHOUT_FILE: Final = """
SELECT count(*) FROM run WHERE municipality = $1 AND state = 'released' AND payments > 0 AND NOT EXISTS (
    SELECT FROM payment_file sent WHERE sent.municipality = run.municipality AND sent.run_id = run.id)
"""
_SENT: Final = """
SELECT coalesce(sum(payments), 0)::bigint, coalesce(sum(total_cents), 0)::bigint FROM payment_file
WHERE municipality = $1
"""
_HELD: Final = "SELECT coalesce(sum(held_cents), 0)::bigint FROM payment_order WHERE municipality = $1"
_REFUSED: Final = "SELECT reason_code, count(*) FROM payment_refusal WHERE municipality = $1 GROUP BY 1"
_ENTRIES: Final = """
SELECT counted.key, sum(counted.value::bigint)::bigint
FROM bank_message, jsonb_each_text(bank_message.counts) AS counted
WHERE bank_message.municipality = $1 AND bank_message.kind = $2 AND counted.key = ANY ($3::text[]) GROUP BY 1
"""


async def count_runs_without_file(tx: Transaction) -> int:
    """Count the released runs with payments for which no file was made."""
    return int(await (await tx.driver()).fetchval(_RUNS_WITHOUT_FILE, tx.municipality))


async def sum_sent(tx: Transaction) -> tuple[int, int]:
    """Return how many payments are in files, and their cents."""
    ((payments, cents),) = await (await tx.driver()).fetch(_SENT, tx.municipality)
    return payments, cents


async def sum_held_cents(tx: Transaction) -> int:
    """Return the cents of released payments that wait for an account."""
    return int(await (await tx.driver()).fetchval(_HELD, tx.municipality))


async def count_refused(tx: Transaction) -> dict[str, int]:
    """Count the payments that the bank refused or gave back, by the code that it gave."""
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(_REFUSED, tx.municipality)}


async def count_entries(tx: Transaction, kind: str, outcomes: list[str]) -> dict[str, int]:
    """Count entries by outcome, as they were counted when each message of this kind came in."""
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(_ENTRIES, tx.municipality, kind, outcomes)}
