"""Tasks are raised by the other capabilities, and completed by a person or by what was decided since.

Every task that is new counts in `meedoen_tasks_raised_total` once its transaction is committed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.tasks import repository
from services.ontzorgen.tasks.rules import RaisedTask, Task, TaskKind, complete
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.http.requests import not_found


async def raise_task(household_id: UUID | None, task: Task, raised_on: date, tx: Transaction) -> None:
    """Raise a task about a household or about none; one that was raised before stays as it is."""
    await raise_tasks([(household_id, task)], raised_on, tx)


async def raise_tasks(tasks: Iterable[tuple[UUID | None, Task]], raised_on: date, tx: Transaction) -> None:
    """Raise tasks, each about a household or about none; those that were raised before stay as they are."""
    for kind, number in Counter(await repository.add_tasks(tx, tasks, raised_on)).items():
        count_raised(kind, number, tx)


async def raise_again(household_id: UUID | None, task: Task, raised_on: date, tx: Transaction) -> None:
    """Raise a task, also if it was completed before: something new happened since. One that is open stays as it is."""
    reopened = await repository.reopen_tasks(tx, [task], raised_on)
    if reopened:
        count_raised(task.kind, len(reopened), tx)
    else:
        await raise_task(household_id, task, raised_on, tx)


def count_raised(kind: TaskKind, number: int, tx: Transaction) -> None:
    """Count tasks of a kind that this transaction raised."""
    count_on_commit(tx, partial(metrics.TASKS_RAISED.labels(kind).inc, number))


async def count_open_tasks(tx: Transaction) -> metrics.GaugeCounts:
    """Count the tasks of a municipality that nobody completed yet, by kind."""
    open_tasks = await repository.count_open_tasks(tx)
    return {(metrics.TASKS_OPEN, (kind.value,)): open_tasks.get(kind.value, 0) for kind in TaskKind}


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
