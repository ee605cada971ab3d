"""What a month's run leaves to do."""

from datetime import date
from uuid import UUID

from services.ontzorgen.repository import runs as repository
from services.ontzorgen.tables import TaskRow
from shared.database import Transaction
from shared.http import not_found
from shared.refusals import ConflictError


async def complete_task(task_id: UUID, done_on: date, tx: Transaction) -> TaskRow:
    task = await repository.task(tx, task_id, lock=True)
    if task is None:
        raise not_found("task")
    if task.done_on not in (None, done_on):
        raise ConflictError(f"This task was done on {task.done_on} already: nothing is left to do.")
    task.done_on = done_on
    return task
