"""The queries of payments that no statement showed in time, and of the tasks about them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.rules.unbooked_payments import UnbookedPayment, UnbookedReport
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction

_IS_ANSWERED: Final = """(
    EXISTS (SELECT FROM bank_entry e WHERE e.municipality = {row}.municipality AND e.instruction_id = {row}.{id})
    OR EXISTS (SELECT FROM payment_refusal r
        WHERE r.municipality = {row}.municipality AND r.instruction_id = {row}.{id})
)"""
# Runs are few, and their payments stand by day in an index: no table is read from end to end.
_UNBOOKED: Final = f"""
SELECT i.id, i.household_id, i.month, i.amount_cents, i.execute_on, f.batch_id, f.file_id FROM payment_order o
JOIN payment_instruction i ON i.municipality = o.municipality AND i.run_id = o.run_id
    AND i.execute_on BETWEEN $2 AND $3
JOIN payment_file_entry f ON f.municipality = i.municipality AND f.instruction_id = i.id
WHERE o.municipality = $1 AND NOT {_IS_ANSWERED.format(row="i", id="id")} AND NOT EXISTS (
    SELECT FROM unbooked_payment u WHERE u.municipality = i.municipality AND u.instruction_id = i.id)
ORDER BY f.batch_id, i.id
"""  # noqa: S608 - our own text
_SHOWN_BATCHES: Final = """
SELECT batch_id FROM unnest($2::text[]) AS batch_id WHERE EXISTS (
    SELECT FROM payment_file_entry f JOIN bank_entry e ON e.municipality = f.municipality
        AND e.instruction_id = f.instruction_id
    WHERE f.municipality = $1 AND f.batch_id = batch_id.batch_id)
"""
_ADD: Final = """
INSERT INTO unbooked_payment (municipality, instruction_id, task_id, reported_on)
SELECT $1, unbooked.*, $4 FROM unnest($2::uuid[], $3::uuid[]) AS unbooked
"""
_ANSWERED_TASKS: Final = f"""
SELECT u.task_id FROM task t
JOIN unbooked_payment u ON u.municipality = t.municipality AND u.task_id = t.id
WHERE t.municipality = $1 AND t.kind = $2 AND t.done_on IS NULL
GROUP BY u.task_id HAVING bool_and({_IS_ANSWERED.format(row="u", id="instruction_id")})
"""  # noqa: S608 - our own text


async def list_unbooked(tx: Transaction, first: date, last: date) -> list[UnbookedPayment]:
    """Return payments of these days that no statement shows, nor a refusal, and that have no task yet."""
    records = await (await tx.driver()).fetch(_UNBOOKED, tx.municipality, first, last)
    return [UnbookedPayment(*record) for record in records]


async def list_shown_batches(tx: Transaction, batch_ids: Collection[str]) -> set[str]:
    """Return those of these batches of which a statement shows a payment."""
    records = await (await tx.driver()).fetch(_SHOWN_BATCHES, tx.municipality, list(batch_ids))
    return {record[0] for record in records}


async def add_unbooked(tx: Transaction, reports: Sequence[UnbookedReport], on: date) -> None:
    """Record which task each payment has."""
    pairs = [(payment_id, report.task.id) for report in reports for payment_id in report.payment_ids]
    payment_ids, task_ids = (list(column) for column in zip(*pairs, strict=True))
    await (await tx.driver()).execute(_ADD, tx.municipality, payment_ids, task_ids, on)


async def list_answered_tasks(tx: Transaction) -> list[UUID]:
    """Return the open tasks all of whose payments are on a statement or refused by now."""
    records = await (await tx.driver()).fetch(_ANSWERED_TASKS, tx.municipality, TaskKind.PAYMENT_UNBOOKED.value)
    return [record[0] for record in records]
