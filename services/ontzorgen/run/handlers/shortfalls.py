"""A shortfall is resolved by what someone decided, and its task is completed."""

from uuid import UUID

from services.ontzorgen.household.handlers.file import record_grant, record_unpaid_charges
from services.ontzorgen.household.handlers.recording import lock_file, to_recorder
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.unpaid import list_unpaid_charges
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.rules import shortfalls
from services.ontzorgen.run.rules.month import HouseholdMonth
from services.ontzorgen.run.rules.shortfalls import Resolution
from services.ontzorgen.tasks.handlers import complete_tasks, lock_task
from services.ontzorgen.tasks.rules import TaskKind, derive_task_id
from shared.calendar import month_start
from shared.database.transactions import Transaction
from shared.events import ShortfallResolved
from shared.http.requests import Caller, not_found


async def resolve_shortfall(
    household_id: UUID, month: str, resolution: Resolution, caller: Caller, tx: Transaction
) -> ShortfallResolved:
    """Resolve the shortfall of a month; money that is added is a gift in the month that pays the creditors."""
    household = (await lock_file(household_id, tx)).household
    short = await months.find_month(tx, household_id, month)
    task = await lock_task(derive_task_id(household_id, TaskKind.SHORTFALL, month), tx)
    if short is None or task is None:
        raise not_found("shortfall")
    event, is_new = shortfalls.resolve_shortfall(household, short, task.done_on, resolution)
    if is_new:
        if resolution.pays_later:
            await _pay_later(household, short, resolution, tx, to_recorder(caller))
        await complete_tasks([task.id], resolution.resolved_on, tx)
        tx.emit(event)
    return event


async def _pay_later(
    household: Household, short: HouseholdMonth, resolution: Resolution, tx: Transaction, by: Recorder
) -> None:
    is_next_computed = await months.find_month(tx, household.id, household.next_month) is not None
    month = shortfalls.choose_month_to_pay(household, resolution.for_month, is_next_computed=is_next_computed)
    statement = short.statement
    grant = shortfalls.grant_for(household.id, statement.month, resolution, month)
    if grant is not None:
        await record_grant(household.id, grant, tx, by)
    unpaid = list_unpaid_charges(
        household.id,
        statement.charges,
        statement.corrections,
        policy_in_force(tx.municipality, month_start(statement.month)).pay_order,
        unpaid_in=statement.month,
        month=month,
        cents_max=resolution.granted_cents or None,
    )
    await record_unpaid_charges(household.id, unpaid, tx, by)
