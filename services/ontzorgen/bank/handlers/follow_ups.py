"""What the bank's answers leave for a person: tasks are raised, and completed once their cause is gone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.repository import instructions
from services.ontzorgen.bank.rules.follow_ups import (
    ACCOUNT_MISSING,
    PARTIAL_BATCH,
    UNCLEAR_ENTRY,
    BatchDifference,
    Difference,
    UnclearPart,
    build_shared_task,
    build_task,
    list_refusal_task_ids,
)
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.refusals import RefusedPayment, explain_reason
from services.ontzorgen.bank.rules.status_reports import UnclearStatuses
from services.ontzorgen.tasks.handlers import complete_tasks, raise_again, raise_task, raise_tasks
from services.ontzorgen.tasks.rules import TaskKind, derive_task_id
from shared.calendar import month_of
from shared.database.transactions import Transaction


async def ask_for_accounts(sums: Mapping[tuple[UUID, str], int], on: date, tx: Transaction) -> None:
    """Leave a task for each household and month of which so many cents wait for an account."""
    tasks = [
        (household_id, build_task(household_id, TaskKind.ACCOUNT_MISSING, month, cents, ACCOUNT_MISSING))
        for (household_id, month), cents in sums.items()
    ]
    await raise_tasks(tasks, on, tx)


async def report_shared_account(
    account_id: UUID, household_id: UUID | None, others: int, on: date, tx: Transaction
) -> None:
    """Leave a task about an account that persons of other households have, too."""
    sentence = (
        f"This account is also that of someone in {others} other household(s): ask the person for the card or a letter "
        "of the bank, and confirm the account only when you know that it is right for both."
    )
    task = build_task(account_id, TaskKind.ACCOUNT_SHARED, month_of(on), 0, sentence)
    await raise_task(household_id, task, on, tx)


async def report_refusals(refused: Iterable[RefusedPayment], on: date, tx: Transaction) -> None:
    """Leave a task for each refused payment."""
    tasks = []
    for payment in refused:
        what, sentence = payment.instruction, explain_reason(payment.refusal.reason_code)
        task = build_task(what.id, TaskKind.PAYMENT_REFUSED, what.month, what.amount_cents, sentence)
        tasks.append((what.household_id, task))
    await raise_tasks(tasks, on, tx)


async def complete_refusal_tasks(replacements: Sequence[Instruction], on: date, tx: Transaction) -> None:
    """Complete the tasks about what these replace, so that nobody looks at it any more."""
    await complete_tasks(list_refusal_task_ids(replacements), on, tx)


async def report_repeats(file_id: str, repeats: Sequence[UUID], on: date, tx: Transaction) -> None:
    """Leave a task when the bank refused a second copy: a person checks on the statement that it was paid."""
    if repeats:
        cents = sum(payment.amount_cents for payment in await instructions.list_instructions(tx, repeats))
        task = build_shared_task(tx.municipality, f"repeat of {file_id}", cents, on, sentence=explain_reason("DUPL"))
        await raise_task(None, task, on, tx)


async def report_batches(batches: Iterable[BatchDifference], tx: Transaction) -> None:
    """Leave a task for each batch that was booked with another amount, until what was too much of it is reversed."""
    for batch in batches:
        task = build_shared_task(
            tx.municipality, f"batch {batch.batch_id}", batch.cents, batch.booked_on, sentence=PARTIAL_BATCH
        )
        if batch.cents:
            await raise_again(None, task, batch.booked_on, tx)
        else:
            await complete_tasks([task.id], batch.booked_on, tx)


async def report_unclear(statement_no: int, parts: Iterable[UnclearPart], tx: Transaction) -> None:
    """Leave a task for each entry that moved more than the payments of ours in it."""
    for part in parts:
        origin, kind = f"entry {statement_no} {part.entry_no}", TaskKind.BANK_ENTRY_UNCLEAR
        task = build_shared_task(tx.municipality, origin, part.cents, part.booked_on, kind, UNCLEAR_ENTRY)
        await raise_task(None, task, part.booked_on, tx)


async def report_differences(differences: Sequence[Difference], tx: Transaction) -> None:
    """Leave a task for each payment of which a statement says something else."""
    if not differences:
        return
    by_id = {difference.instruction_id: difference for difference in differences}
    for payment in await instructions.list_instructions(tx, sorted(by_id)):
        difference = by_id[payment.id]
        task = build_task(payment.id, TaskKind.PAYMENT_DIFFERS, payment.month, difference.cents, difference.sentence)
        await raise_again(payment.household_id, task, difference.booked_on, tx)


async def complete_differences(settled_ids: Sequence[UUID], on: date, tx: Transaction) -> None:
    """Complete the tasks about payments of which the account now says what was instructed."""
    if settled_ids:
        payments = await instructions.list_instructions(tx, settled_ids)
        kind = TaskKind.PAYMENT_DIFFERS
        await complete_tasks([derive_task_id(payment.id, kind, payment.month) for payment in payments], on, tx)


async def report_unclear_statuses(message_sha256: str, unclear: UnclearStatuses, on: date, tx: Transaction) -> None:
    """Leave one task for all that a status report leaves unclear: of a household when it is about one payment alone."""
    payments = await instructions.list_instructions(tx, unclear.payment_ids)
    origin, cents = f"statuses {message_sha256}", sum(payment.amount_cents for payment in payments)
    task = build_shared_task(tx.municipality, origin, cents, on, TaskKind.BANK_STATUS_UNCLEAR, unclear.sentence)
    household_ids = {payment.household_id for payment in payments}
    await raise_task(household_ids.pop() if len(household_ids) == 1 else None, task, on, tx)
