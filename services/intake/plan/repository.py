"""Queries on plans. Row-level security keeps each of them to the municipality of the transaction."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.intake.plan.rules import Plan
from services.intake.plan.tables import PlanRow
from shared.database import rows
from shared.database.transactions import Transaction


async def add_plan(tx: Transaction, plan: Plan) -> bool:
    """Insert a drafted plan. Return False if its id is in use."""
    return await rows.add(tx, PlanRow, **rows.to_values(plan))


async def find_plan(tx: Transaction, plan_id: UUID) -> Plan | None:
    row = await rows.find(tx, PlanRow, plan_id)
    return None if row is None else rows.to_state(Plan, row)


async def list_plans(tx: Transaction, person_id: UUID) -> list[Plan]:
    """Return every plan that was drafted for someone, oldest first."""
    query = select(PlanRow).where(col(PlanRow.person_id) == person_id)
    plan_rows = (await tx.session.execute(query.order_by(col(PlanRow.drafted_on), col(PlanRow.id)))).scalars()
    return [rows.to_state(Plan, row) for row in plan_rows]


async def save_plan(tx: Transaction, plan: Plan) -> None:
    await rows.update(tx, PlanRow, plan.id, **rows.to_values(plan))
