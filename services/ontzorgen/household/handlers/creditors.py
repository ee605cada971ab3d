"""The register of creditors, and the second pair of eyes on an account that changed."""

from datetime import date
from uuid import UUID

from services.ontzorgen.household.repository import creditors as repository
from services.ontzorgen.household.rules.creditors import Creditor, record_creditor, refuse_same_person
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.tasks.handlers import complete_tasks, raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.http.requests import not_found
from shared.identity import Role


async def record(creditor: Creditor, tx: Transaction, by: Recorder) -> Creditor:
    """A new or changed creditor; a changed account is not paid to before a colleague has confirmed it."""
    await repository.lock(tx, creditor.code)
    version, is_new = record_creditor(await repository.versions(tx, creditor.code), creditor)
    if not is_new:
        return version
    if not await repository.add(tx, version, by):
        raise ConflictError("This id is in use for another creditor: send a new id.")
    if version.needs_confirmation:
        task = Task(version.id, TaskKind.IBAN_UNCONFIRMED, month_of(version.from_day), Role.BUDGET_MANAGER, 0)
        await raise_task(None, task, version.from_day, tx)
    return version


async def confirm_account(version_id: UUID, household_id: UUID | None, on: date, tx: Transaction, by: Recorder) -> None:
    """Someone else than who entered the account has compared it; the task that asked for it is done."""
    found = await repository.open_version(tx, version_id)
    if found is None or found[0] != household_id:
        raise not_found("account to confirm")
    refuse_same_person(found[1], by)
    if await repository.confirm(tx, version_id, on, by):
        await complete_tasks([version_id], on, tx)
