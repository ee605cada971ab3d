"""What every change of a file has in common: a locked household, who records it, and what is left to do."""

from datetime import date
from hashlib import sha256
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.household.repository import file, households
from services.ontzorgen.household.rules.household import HouseholdFile
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.tasks.rules import Task
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.http.requests import Caller, not_found

HASH_CHARACTERS = 16


def to_recorder(caller: Caller) -> Recorder:
    """Return the caller as the file records one: its roles, and a hash that tells colleagues apart."""
    digest = sha256(f"{caller.municipality}/{caller.subject}".encode()).hexdigest()
    return Recorder(" ".join(sorted(caller.roles)), digest[:HASH_CHARACTERS])


async def lock_file(household_id: UUID, tx: Transaction) -> HouseholdFile:
    """Return the file of a household, which no one else changes until this transaction ends."""
    household_file = await households.find_file(tx, household_id, lock=True)
    if household_file is None:
        raise not_found("household")
    return household_file


async def leave_task(household_id: UUID | None, task: Task, raised_on: date, tx: Transaction) -> None:
    if await file.add_task(tx, household_id, task, raised_on):
        count_on_commit(tx, metrics.TASKS_RAISED.labels(task.kind).inc)
