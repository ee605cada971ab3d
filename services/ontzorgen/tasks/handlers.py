"""Tasks are raised by the other capabilities, and completed by a person or by what was decided since."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.tasks import repository
from services.ontzorgen.tasks.rules import RaisedTask, Task, TaskKind, complete
from shared.database.figures import Figures
from shared.database.transactions import Transaction
from shared.http.requests import not_found


async def raise_task(household_id: UUID | None, task: Task, raised_on: date, tx: Transaction) -> None:
    """Raise a task about a household or about none; one that was raised before stays as it is."""
    await raise_tasks([(household_id, task)], raised_on, tx)


async def raise_tasks(tasks: Iterable[tuple[UUID | None, Task]], raised_on: date, tx: Transaction) -> None:
    """Raise tasks, each about a household or about none; those that were raised before stay as they are."""
    await repository.add_tasks(tx, tasks, raised_on)


async def raise_again(household_id: UUID | None, task: Task, raised_on: date, tx: Transaction) -> None:
    """Raise a task, also if it was completed before: something new happened since. One that is open stays as it is."""
    if not await repository.reopen_tasks(tx, [task], raised_on):
        await raise_task(household_id, task, raised_on, tx)


async def count_tasks(tx: Transaction) -> Figures:
    """Count the tasks of a municipality by kind, all and open ones; a short month is one with a task about it."""
    counts = await repository.count_tasks(tx)
    return {
        metrics.TASKS_RAISED: {(kind,): raised for kind, (raised, _) in counts.items()},
        metrics.TASKS_OPEN: {(kind,): still_open for kind, (_, still_open) in counts.items()},
        metrics.SHORTFALLS: {(): counts.get(TaskKind.SHORTFALL, (0, 0))[0]},
    }


async def lock_task(task_id: UUID, tx: Transaction) -> RaisedTask | None:
    """Return a task, which nobody else changes until this transaction ends; None if there is no such task."""
    return await repository.lock_task(tx, task_id)


async def complete_task(task_id: UUID, done_on: date, tx: Transaction) -> RaisedTask:
    """Complete a task for the person who solved it."""
    task = await repository.lock_task(tx, task_id)
    if task is None:
        raise not_found("task")
    completed = complete(task, done_on)
    await repository.complete_tasks(tx, [task_id], done_on)
    return completed


async def complete_tasks(task_ids: Sequence[UUID], done_on: date, tx: Transaction) -> None:
    """Complete those of these tasks that are still open: what they ask for was done elsewhere."""
    await repository.complete_tasks(tx, task_ids, done_on)


async def change_amount(task_id: UUID, amount_cents: int, tx: Transaction) -> None:
    """Change what a task is about: with nothing left it counts as done, and it is open again once there is."""
    await repository.change_amount(tx, task_id, amount_cents)


async def raise_overdue(day: date, tx: Transaction) -> None:
    """Put open tasks whose last day is past at the top of the list."""
    await repository.raise_overdue(tx, day)


async def complete_household_tasks(
    household_id: UUID, kinds: Sequence[TaskKind], done_on: date, tx: Transaction
) -> None:
    """Complete a household's open tasks of these kinds: a decision has made them superfluous."""
    await repository.complete_household_tasks(tx, household_id, kinds, done_on)


async def complete_person_tasks(
    household_id: UUID, kinds: Sequence[TaskKind], done_on: date, person_id: UUID, tx: Transaction, *, is_own: bool
) -> None:
    """Complete the open tasks of these kinds about one person; `is_own`: the household's own person."""
    await repository.complete_person_tasks(tx, household_id, kinds, done_on, person_id, is_own=is_own)
