"""Every query of intake. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import col

from services.intake.domain import BroadIntake, Newcomer, Plan
from services.intake.tables import AccessLogRow, BroadIntakeRow, NewcomerRow, PlanRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.http.requests import Caller
from shared.identity import new_id


@dataclass(frozen=True)
class Figures:
    """What intake holds of a municipality."""

    files: int
    files_by_target_group: Mapping[str, int]
    closed: int
    intakes_completed: int
    intakes_by_route: Mapping[str, int]
    signed_plans: int
    plans_by_route: Mapping[str, int]
    relief_agreed: int
    deadlines_missed: int


async def add_newcomer(tx: Transaction, newcomer: Newcomer) -> bool:
    """Keep a new file and its empty intake; False when the person has a file."""
    if not await rows.add(tx, NewcomerRow, **_with_clock(newcomer)):
        return False
    await rows.add(tx, BroadIntakeRow, **rows.values_of(BroadIntake(newcomer.id)))
    return True


async def newcomer(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Newcomer | None:
    """Someone's file; with `lock` it can not change until this transaction ends."""
    row = await rows.find(tx, NewcomerRow, person_id, lock=lock)
    return None if row is None else rows.state_of(Newcomer, row)


async def broad_intake(tx: Transaction, person_id: UUID) -> BroadIntake:
    """The intake that came with the file."""
    row = await rows.find(tx, BroadIntakeRow, person_id)
    return BroadIntake(person_id) if row is None else rows.state_of(BroadIntake, row)


async def plan(tx: Transaction, plan_id: UUID) -> Plan | None:
    row = await rows.find(tx, PlanRow, plan_id)
    return None if row is None else rows.state_of(Plan, row)


async def plans(tx: Transaction, person_id: UUID) -> list[Plan]:
    """Every plan that was drafted for someone, oldest first."""
    query = select(PlanRow).where(col(PlanRow.person_id) == person_id)
    found = (await tx.session.execute(query.order_by(col(PlanRow.drafted_on), col(PlanRow.id)))).scalars()
    return [rows.state_of(Plan, row) for row in found]


async def add_plan(tx: Transaction, plan: Plan) -> bool:
    """Keep a drafted plan; False when its id is in use."""
    return await rows.add(tx, PlanRow, **rows.values_of(plan))


async def save_newcomer(tx: Transaction, newcomer: Newcomer) -> None:
    await rows.update(tx, NewcomerRow, newcomer.id, **_with_clock(newcomer))


async def save_intake(tx: Transaction, intake: BroadIntake) -> None:
    await rows.update(tx, BroadIntakeRow, intake.person_id, **rows.values_of(intake))


async def save_plan(tx: Transaction, plan: Plan) -> None:
    await rows.update(tx, PlanRow, plan.id, **rows.values_of(plan))


async def page(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Newcomer], UUID | None]:
    """Some files by id, and the id to go on after."""
    found, following = await rows.page(tx, NewcomerRow, after=after, limit=limit)
    return [rows.state_of(Newcomer, row) for row in found], following


async def late_files(tx: Transaction, today: date, limit: int) -> list[Newcomer]:
    """Some files whose plan is late and of which that was not yet told, locked in the order of their ids."""
    row = NewcomerRow
    waiting = (col(row.plan_signed_on).is_(None), col(row.pip_missed_on).is_(None), col(row.closed_on).is_(None))
    query = select(row).where(col(row.pip_due_on) < today, *waiting).order_by(col(row.id)).limit(limit)
    locked = query.with_for_update().execution_options(populate_existing=True)
    return [rows.state_of(Newcomer, found) for found in (await tx.session.execute(locked)).scalars()]


async def mark_late(tx: Transaction, ids: Collection[UUID], today: date) -> None:
    """Keep, in one statement, that it was told."""
    statement = update(NewcomerRow).where(col(NewcomerRow.id).in_(ids)).values(pip_missed_on=today)
    await tx.session.execute(statement, execution_options={"synchronize_session": False})


async def figures(tx: Transaction) -> Figures:
    """Counted from the rows themselves."""
    row = NewcomerRow
    days = (row.closed_on, row.intake_completed_on, row.plan_signed_on, row.pip_missed_on)
    counts = select(func.count()).select_from(row).add_columns(*(func.count(col(day)) for day in days))
    files, closed, completed, signed, missed = (await tx.session.execute(counts)).one()
    relief = select(func.count()).where(col(PlanRow.signed_on).is_not(None), col(PlanRow.relief_agreed))
    return Figures(
        files=files,
        files_by_target_group=await _count_by(tx, row.target_group),
        closed=closed,
        intakes_completed=completed,
        intakes_by_route=await _count_by(tx, BroadIntakeRow.decided_route),
        signed_plans=signed,
        plans_by_route=await _count_by(tx, PlanRow.route, col(PlanRow.signed_on).is_not(None)),
        relief_agreed=(await tx.session.execute(relief)).scalar_one(),
        deadlines_missed=missed,
    )


async def log_reading(tx: Transaction, reader: Caller, person_id: UUID) -> None:
    """Every reading of a person's file leaves a line; the database says when."""
    roles = sorted(reader.roles)
    await rows.add(tx, AccessLogRow, id=new_id(), person_id=person_id, subject=reader.subject, roles=roles)


async def _count_by(tx: Transaction, code: str | None, *conditions: Any) -> Mapping[str, int]:
    column = col(code)
    query = select(column, func.count()).where(column.is_not(None), *conditions).group_by(column)
    return {str(name): count for name, count in (await tx.session.execute(query))}


def _with_clock(newcomer: Newcomer) -> dict[str, Any]:
    return {**rows.values_of(newcomer), "pip_due_on": newcomer.pip_due_on}
