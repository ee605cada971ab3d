"""Income, reductions, attachments and set-offs are recorded; what they change in months that were run is a task."""

from collections.abc import Collection
from datetime import date
from typing import TypeVar
from uuid import UUID

from services.ontzorgen.household.handlers.creditors import list_payable
from services.ontzorgen.household.handlers.recording import lock_file
from services.ontzorgen.household.repository import creditors, file
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.rules.creditors import BroughtBy, Creditor, PaidItem, build_confirmation_task
from services.ontzorgen.household.rules.deductions import (
    DIFFERENCE_KINDS,
    Attachment,
    Income,
    Reduction,
    check_days,
    check_exemption,
    compare_months,
    list_difference_tasks,
    prepare_attachment,
)
from services.ontzorgen.household.rules.file import derive_months_input
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.means import add_item
from services.ontzorgen.household.rules.recorder import Recorder, require_new_id
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.tasks.handlers import raise_task, raise_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import add_months, month_of, month_start, months_between
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content

Item = TypeVar("Item", Income, Reduction, Attachment)


async def record_income(household_id: UUID, income: Income, on: date, tx: Transaction, by: Recorder) -> Income:
    """Record income from a day on; `on` is the day on which it became known."""
    check_days(income)
    check_exemption(income)
    return await _add(household_id, income, on, tx, by)


async def record_reduction(
    household_id: UUID, reduction: Reduction, on: date, tx: Transaction, by: Recorder
) -> Reduction:
    check_days(reduction)
    return await _add(household_id, reduction, on, tx, by)


async def record_attachment(
    household_id: UUID, attachment: Attachment, on: date, tx: Transaction, by: Recorder
) -> Attachment:
    """Record an attachment or a set-off; an account that differs waits for a colleague, as that of a charge does."""
    check_days(attachment)
    await file.lock_against_runs(tx)
    await lock_file(household_id, tx)
    existing = await file.list_versions(tx, Attachment, household_id)
    for recorded in existing:
        if recorded.id == attachment.id:
            return require_same_content(recorded, attachment)
    previous = next((version for version in existing if version.id == attachment.replaces), None)
    creditor = await creditors.find_creditor(tx, attachment.creditor)
    prepared = prepare_attachment(attachment, previous, creditor, await _list_confirmed(previous, creditor, tx))
    attachment = await _add(household_id, prepared, on, tx, by)
    if attachment.needs_confirmation:
        task = build_confirmation_task(attachment.id, month_of(attachment.from_day), attachment.amount_cents)
        await raise_task(household_id, task, on, tx)
    return attachment


async def _list_confirmed(previous: Attachment | None, creditor: Creditor | None, tx: Transaction) -> set[BroughtBy]:
    """Return those of these versions of which the account may be paid to."""
    of_attachment = await list_payable(PaidItem.ATTACHMENT, [previous] if previous else [], tx)
    of_creditor = await list_payable(PaidItem.CREDITOR, [creditor] if creditor else [], tx)
    return {
        *(BroughtBy(PaidItem.ATTACHMENT, id_) for id_ in of_attachment),
        *(BroughtBy(PaidItem.CREDITOR, id_) for id_ in of_creditor),
    }


async def _add(household_id: UUID, item: Item, on: date, tx: Transaction, by: Recorder) -> Item:
    await file.lock_against_runs(tx)
    before = await lock_file(household_id, tx)
    existing = await file.list_versions(tx, type(item), household_id)
    if not add_item(existing, item):
        return next(recorded for recorded in existing if recorded.id == item.id)
    require_new_id(is_new=await file.add_version(tx, household_id, item, by))
    await report_months(before, item.id, on, tx)
    return item


async def report_months(
    before: HouseholdFile, version_id: UUID, on: date, tx: Transaction, kinds: Collection[TaskKind] = DIFFERENCE_KINDS
) -> None:
    """Leave a task for what the months that were run already paid too much or too little, of these kinds of task."""
    after = await lock_file(before.household.id, tx)
    months = await _list_months_run(before.household, after.household, tx)
    if not months:
        return
    policies = [(month, policy_in_force(tx.municipality, month_start(month))) for month in months]
    differences = compare_months(
        derive_months_input(before).situation, derive_months_input(after).situation, load_law(), policies
    )
    tasks = [
        (before.household.id, task) for task in list_difference_tasks(version_id, differences) if task.kind in kinds
    ]
    await raise_tasks(tasks, on, tx)


async def _list_months_run(household: Household, after: Household, tx: Transaction) -> list[str]:
    """Return the months that were computed, with that of a run that is open.

    The month after relief that only paid what was set aside is none of them, unless relief goes on in it now.
    """
    last, last_of_relief = household.next_month, month_of(max(household.last_day, after.last_day))
    if last > last_of_relief or not await tx.hooks(HouseholdHooks).is_run_open(last, tx):
        last = month_of(add_months(month_start(last), -1))
    if last > last_of_relief and not household.holiday_reserve_cents:
        last = month_of(add_months(month_start(last), -1))
    return list(months_between(month_of(household.first_day), last))
