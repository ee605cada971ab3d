"""Tasks about one person of a household are completed by what was done for that person."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.tasks.handlers import complete_person_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction


async def complete_tasks_of_person(
    household: Household, person_id: UUID, kinds: Sequence[TaskKind], done_on: date, tx: Transaction
) -> None:
    """Complete the open tasks of these kinds about one person of a household, and about nobody else of it."""
    await complete_person_tasks(household.id, kinds, done_on, person_id, tx, is_own=person_id == household.person_id)
