"""Queries on files. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from services.intake.file.rules import Newcomer
from services.intake.file.tables import NewcomerRow
from shared.database import rows
from shared.database.transactions import Transaction

# The version before this one changes the row of an intake and expects it with each file: may go with that version.
_ADD_EMPTY_INTAKE = """
INSERT INTO broad_intake (municipality, person_id, reasons) VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING
"""


async def add_newcomer(tx: Transaction, newcomer: Newcomer) -> bool:
    """Insert a file and its empty intake. Return False if the person has a file."""
    if not await rows.add(tx, NewcomerRow, **_columns_of(newcomer)):
        return False
    await (await tx.driver()).execute(_ADD_EMPTY_INTAKE, tx.municipality, newcomer.id)
    return True


async def find_newcomer(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Newcomer | None:
    """Return someone's file; with `lock` it cannot change until this transaction ends."""
    row = await rows.find(tx, NewcomerRow, person_id, lock=lock)
    return None if row is None else rows.to_state(Newcomer, row)


async def list_newcomers(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Newcomer], UUID | None]:
    """Return some files by id, and the id to go on after."""
    page, next_id = await rows.list_page(tx, NewcomerRow, after=after, limit=limit)
    return [rows.to_state(Newcomer, row) for row in page], next_id


async def save_newcomer(tx: Transaction, newcomer: Newcomer) -> None:
    await rows.update(tx, NewcomerRow, newcomer.id, **_columns_of(newcomer))


async def lock_late_files(tx: Transaction, today: date, limit: int) -> list[Newcomer]:
    """Return some files whose plan is late and whose miss was not yet published, locked in the order of their ids."""
    row = NewcomerRow
    is_waiting = (col(row.plan_signed_on).is_(None), col(row.pip_missed_on).is_(None), col(row.closed_on).is_(None))
    query = select(row).where(col(row.pip_due_on) < today, *is_waiting).order_by(col(row.id)).limit(limit)
    locked = query.with_for_update().execution_options(populate_existing=True)
    return [rows.to_state(Newcomer, late) for late in (await tx.session.execute(locked)).scalars()]


async def record_missed(tx: Transaction, ids: Collection[UUID], today: date) -> None:
    """Record that the missed deadlines were published, in one UPDATE."""
    statement = update(NewcomerRow).where(col(NewcomerRow.id).in_(ids)).values(pip_missed_on=today)
    await tx.session.execute(statement, execution_options={"synchronize_session": False})


def _columns_of(newcomer: Newcomer) -> dict[str, Any]:
    return {**rows.to_values(newcomer), "pip_due_on": newcomer.pip_due_on}
