"""What is done with plans, one function per command or question: load, decide, save, emit."""

from datetime import date
from uuid import UUID

from services.intake.broad_intake.handlers import load_intake
from services.intake.file.handlers import get_newcomer, save_newcomer
from services.intake.plan import repository, rules
from services.intake.plan.rules import Plan
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import require_found


async def draft_plan(plan: Plan, tx: Transaction) -> Plan:
    newcomer = await get_newcomer(plan.person_id, tx, lock=True)
    existing = await repository.find_plan(tx, plan.id)
    if existing is not None:
        return require_same_content(existing, plan)
    rules.draft_plan(newcomer, await load_intake(newcomer.id, tx), plan)
    rules.require_new_id(is_new=await repository.add_plan(tx, plan))
    return plan


async def sign_plan(person_id: UUID, plan_id: UUID, signed_on: date, tx: Transaction) -> Plan:
    newcomer = await get_newcomer(person_id, tx, lock=True)
    plan = await repository.find_plan(tx, plan_id)
    plan = require_found(plan if plan is not None and plan.person_id == person_id else None, "plan")
    newcomer, plan, signed = rules.sign_plan(newcomer, plan, signed_on)
    await save_newcomer(newcomer, tx)
    await repository.save_plan(tx, plan)
    tx.emit(*signed)
    return plan


async def list_plans(person_id: UUID, tx: Transaction) -> list[Plan]:
    """Return every plan that was drafted for someone, oldest first."""
    return await repository.list_plans(tx, person_id)
