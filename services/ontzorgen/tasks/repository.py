"""Every query on tasks: raise, find, list and complete them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from services.ontzorgen.tasks.rules import RaisedTask, Task, TaskKind, TaskPriority
from services.ontzorgen.tasks.tables import TaskRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.identity import Role

_ADD: Final = """
INSERT INTO task (municipality, raised_on, id, household_id, kind, month, for_role, amount_cents, priority, due_on,
    sentence)
SELECT $1, $2, made.*
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::smallint[], $10::date[],
    $11::text[]) AS made
ON CONFLICT DO NOTHING
"""
_REOPEN: Final = """
UPDATE task SET done_on = NULL, raised_on = $2, amount_cents = again.amount_cents, sentence = again.sentence
FROM unnest($3::uuid[], $4::bigint[], $5::text[]) AS again (id, amount_cents, sentence)
WHERE task.municipality = $1 AND task.id = again.id AND task.done_on IS NOT NULL RETURNING task.id
"""
_COMPLETE: Final = "UPDATE task SET done_on = $3 WHERE municipality = $1 AND id = ANY($2::uuid[]) AND done_on IS NULL"
_CHANGE_AMOUNT: Final = """
UPDATE task SET amount_cents = $3, done_on = CASE WHEN $3::bigint = 0 THEN coalesce(done_on, raised_on) END
WHERE municipality = $1 AND id = $2
"""
_COMPLETE_OF_HOUSEHOLD: Final = """
UPDATE task SET done_on = $4
WHERE municipality = $1 AND household_id = $2 AND kind = ANY($3::text[]) AND done_on IS NULL
"""
_COMPLETE_OF_PERSON: Final = _COMPLETE_OF_HOUSEHOLD + " AND (person_id = $5 OR ($6 AND person_id IS NULL))"
_RAISE_OVERDUE: Final = """
UPDATE task SET priority = $3 WHERE municipality = $1 AND due_on < $2 AND done_on IS NULL AND priority < $3
"""
_COUNT: Final = """
SELECT kind, count(*), count(*) FILTER (WHERE done_on IS NULL) FROM task WHERE municipality = $1 GROUP BY kind
"""


async def add_tasks(tx: Transaction, tasks: Iterable[tuple[UUID | None, Task]], raised_on: date) -> None:
    """Add tasks, each of a household or of none; one that is there stays as it is."""
    columns: list[list[Any]] = [[] for _ in range(9)]
    for household_id, task in tasks:
        what = (task.id, household_id, task.kind.value, task.month, task.for_role.value, task.amount_cents)
        values = (*what, task.priority.value, task.due_on, task.sentence)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    if not columns[0]:
        return
    await tx.flush()
    await (await tx.driver()).execute(_ADD, tx.municipality, raised_on, *columns)


async def reopen_tasks(tx: Transaction, tasks: Sequence[Task], raised_on: date) -> bool:
    """Open those of these tasks that are completed, as their cause came back; return whether there are any."""
    columns = [[task.id for task in tasks], [task.amount_cents for task in tasks], [task.sentence for task in tasks]]
    await tx.flush()
    return bool(await (await tx.driver()).fetch(_REOPEN, tx.municipality, raised_on, *columns))


async def lock_task(tx: Transaction, task_id: UUID) -> RaisedTask | None:
    """Return a task, which nobody else changes until this transaction ends; None if there is no such task."""
    row = await rows.find(tx, TaskRow, task_id, lock=True)
    return None if row is None else rows.to_state(RaisedTask, row)


async def list_tasks(
    tx: Transaction, role: Role | None, *, is_open: bool, after: UUID | None, limit: int
) -> tuple[list[RaisedTask], UUID | None]:
    """Return tasks, of one role if it is given, and the id to continue after (None at the end).

    Those of the highest priority come first, and of one priority they come by id.
    """
    query = select(TaskRow).order_by(col(TaskRow.priority).desc(), col(TaskRow.id)).limit(limit + 1)
    if role is not None:
        query = query.where(col(TaskRow.for_role) == role)
    if is_open:
        query = query.where(col(TaskRow.done_on).is_(None))
    if after is not None:
        reached = func.coalesce(select(col(TaskRow.priority)).where(col(TaskRow.id) == after).scalar_subquery(), 0)
        is_later = and_(col(TaskRow.priority) == reached, col(TaskRow.id) > after)
        query = query.where(or_(col(TaskRow.priority) < reached, is_later))
    tasks = [rows.to_state(RaisedTask, row) for row in (await tx.session.execute(query)).scalars()]
    return tasks[:limit], tasks[limit - 1].id if len(tasks) > limit else None


async def complete_tasks(tx: Transaction, task_ids: Sequence[UUID], done_on: date) -> None:
    """Complete those of these tasks that are still open."""
    await (await tx.driver()).execute(_COMPLETE, tx.municipality, task_ids, done_on)


async def change_amount(tx: Transaction, task_id: UUID, amount_cents: int) -> None:
    """Change the amount of a task; at zero it is done, and above it open."""
    await (await tx.driver()).execute(_CHANGE_AMOUNT, tx.municipality, task_id, amount_cents)


async def complete_household_tasks(
    tx: Transaction, household_id: UUID, kinds: Sequence[TaskKind], done_on: date
) -> None:
    """Complete the open tasks of these kinds of a household."""
    await (await tx.driver()).execute(_COMPLETE_OF_HOUSEHOLD, tx.municipality, household_id, list(kinds), done_on)


async def complete_person_tasks(
    tx: Transaction, household_id: UUID, kinds: Sequence[TaskKind], done_on: date, person_id: UUID, *, is_own: bool
) -> None:
    """Complete the open tasks of these kinds about one person; those that name nobody are about the own person."""
    values = (tx.municipality, household_id, list(kinds), done_on, person_id, is_own)
    await (await tx.driver()).execute(_COMPLETE_OF_PERSON, *values)


async def raise_overdue(tx: Transaction, day: date) -> None:
    """Put open tasks whose last day is past at the top of the list."""
    await (await tx.driver()).execute(_RAISE_OVERDUE, tx.municipality, day, TaskPriority.OVERDUE.value)


async def count_tasks(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Count all tasks and the open ones by kind; a kind without one is left out."""
    return {row[0]: (row[1], row[2]) for row in await (await tx.driver()).fetch(_COUNT, tx.municipality)}
