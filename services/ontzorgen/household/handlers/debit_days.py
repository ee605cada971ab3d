"""Creditors that are not paid yet when they are about to collect: a task each, which is completed once they are."""

from datetime import date

from services.ontzorgen.household.repository import creditors, debit_days
from services.ontzorgen.household.rules.debit_days import late_task, list_debit_days
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.tasks.handlers import complete_tasks, raise_tasks
from shared.database.transactions import Transaction
from shared.events.codes import SelfRelianceClass


async def warn_of_late_payment(day: date, tx: Transaction) -> None:
    """Raise a task for each creditor that cannot be paid in time for its day unless it is paid today."""
    registered = await creditors.find_creditors(tx, None, day)
    due = list(list_debit_days(registered.values(), day))
    if not due:
        return
    policy = policy_in_force(tx.municipality, day)
    classes: tuple[SelfRelianceClass | None, ...] = (None, *SelfRelianceClass)
    kinds = sorted({kind.value for measured in classes for kind in policy.list_withheld_kinds(measured)})
    unpaid = await debit_days.sum_unpaid(tx, due, kinds, prepay=policy.prepay)
    late = [(debit_day, unpaid.get((debit_day.creditor, debit_day.month), 0)) for debit_day in due]
    tasks = [(None, late_task(debit_day, tx.municipality, cents)) for debit_day, cents in late if cents]
    await raise_tasks(tasks, day, tx)
    await complete_tasks([debit_day.task_id(tx.municipality) for debit_day, cents in late if not cents], day, tx)
