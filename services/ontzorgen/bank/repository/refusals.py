"""What a refused payment leaves besides itself: a task, an entry in the ledger, and whom it is told about."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.ledger.handlers import book_entries
from services.ontzorgen.ledger.rules import CREDITOR_OF, Account, Booking, EntryKind, Line
from services.ontzorgen.tasks.handlers import complete_tasks, raise_tasks
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.identity import Role

_PERSONS: Final = "SELECT id, person_id FROM household WHERE municipality = $1 AND id = ANY($2::uuid[])"


async def add_tasks(tx: Transaction, kind: TaskKind, about: Iterable[tuple[UUID, UUID, str, int]], on: date) -> None:
    """Tasks for the budget manager: whose id each derives from, household, month and cents."""
    raised = [
        (household_id, Task(derive_task_id(origin, kind, month), kind, month, Role.BUDGET_MANAGER, cents))
        for origin, household_id, month, cents in about
    ]
    await raise_tasks(raised, on, tx)


async def add_file_task(tx: Transaction, origin: str, cents: int, on: date) -> None:
    """A task about payments together, of no household: a batch booked with another amount, a repeat refused."""
    made = uuid5(NAMESPACE_URL, f"nl.meedoen.ontzorgen bank {tx.municipality} {origin}")
    task = Task(made, TaskKind.PAYMENT_DIFFERS, month_of(on), Role.BUDGET_MANAGER, abs(cents))
    await raise_tasks([(None, task)], on, tx)


async def complete_refusals(tx: Transaction, anew: Iterable[Instruction], on: date) -> None:
    """What was refused is made good, so that nobody has to look at it any more."""
    kind = TaskKind.PAYMENT_REFUSED
    ids = [derive_task_id(one.replaces, kind, one.month) for one in anew if one.replaces is not None]
    await complete_tasks(ids, on, tx)


async def persons(tx: Transaction, household_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The person of each household, whom facts about it are told of."""
    found = await (await tx.driver()).fetch(_PERSONS, tx.municipality, list(set(household_ids)))
    return {row["id"]: row["person_id"] for row in found}


async def book_back(tx: Transaction, refused: Sequence[Instruction], on: date) -> None:
    """What was refused lies on the bank's account in the ledger until it is instructed anew."""
    await book_entries([_moved(one, one.amount_cents) for one in refused], on, None, tx)


async def book_out(tx: Transaction, anew: Sequence[Instruction], on: date) -> None:
    """What is instructed anew goes from the bank's account to its payee once more."""
    await book_entries([_moved(one, -one.amount_cents) for one in anew], on, None, tx)


def _moved(one: Instruction, back_cents: int) -> tuple[UUID | None, str, Booking]:
    payee = Account.PERSON if one.kind is None else CREDITOR_OF[one.kind]
    lines = [Line(payee.value, -back_cents), Line(Account.BANK.value, back_cents)]
    return one.household_id, one.month, Booking(EntryKind.BANK, lines)
