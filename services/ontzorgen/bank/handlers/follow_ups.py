"""What the bank's answers leave for a person: tasks are raised, and completed once their cause is gone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.repository import instructions
from services.ontzorgen.bank.rules.follow_ups import (
    Difference,
    PartialBatch,
    build_shared_task,
    build_task,
    list_refusal_task_ids,
)
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.tasks.handlers import complete_tasks, raise_task, raise_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction


async def ask_for_accounts(sums: Mapping[tuple[UUID, str], int], on: date, tx: Transaction) -> None:
    """Leave a task for each household and month of which so many cents wait for an account."""
    tasks = [
        (household_id, build_task(household_id, TaskKind.ACCOUNT_MISSING, month, cents))
        for (household_id, month), cents in sums.items()
    ]
    await raise_tasks(tasks, on, tx)


async def report_refusals(refused: Iterable[Instruction], on: date, tx: Transaction) -> None:
    """Leave a task for each refused payment."""
    tasks = [
        (payment.household_id, build_task(payment.id, TaskKind.PAYMENT_REFUSED, payment.month, payment.amount_cents))
        for payment in refused
    ]
    await raise_tasks(tasks, on, tx)


async def complete_refusal_tasks(replacements: Sequence[Instruction], on: date, tx: Transaction) -> None:
    """Complete the tasks about what these replace, so that nobody looks at it any more."""
    await complete_tasks(list_refusal_task_ids(replacements), on, tx)


async def report_repeats(file_id: str, repeats: Sequence[UUID], on: date, tx: Transaction) -> None:
    """Leave a task when the bank refused a second copy: a person checks on the statement that it was paid."""
    if repeats:
        cents = sum(payment.amount_cents for payment in await instructions.list_instructions(tx, repeats))
        await _add_shared_task(f"repeat of {file_id}", cents, on, tx)


async def report_partial_batches(statement_no: int, batches: Iterable[PartialBatch], tx: Transaction) -> None:
    """Leave a task for each batch that was booked with another amount."""
    for batch in batches:
        await _add_shared_task(f"entry {statement_no} {batch.entry_no}", batch.cents, batch.booked_on, tx)


async def report_differences(differences: Sequence[Difference], tx: Transaction) -> None:
    """Leave a task for each payment of which a statement says something else."""
    if not differences:
        return
    by_id = {difference.instruction_id: difference for difference in differences}
    for payment in await instructions.list_instructions(tx, sorted(by_id)):
        difference = by_id[payment.id]
        task = build_task(payment.id, TaskKind.PAYMENT_DIFFERS, payment.month, difference.cents)
        await raise_task(payment.household_id, task, difference.booked_on, tx)


async def _add_shared_task(origin: str, cents: int, on: date, tx: Transaction) -> None:
    await raise_task(None, build_shared_task(tx.municipality, origin, cents, on), on, tx)
