"""What a month left to do, done: tasks are completed, and a shortfall is resolved by what someone decided."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.domain.means import Grant, GrantForm
from services.ontzorgen.domain.month import task_id
from services.ontzorgen.domain.situation import GrantKind
from services.ontzorgen.domain.tasks import TaskKind
from services.ontzorgen.handlers import file
from services.ontzorgen.handlers.recording import locked, recorder
from services.ontzorgen.repository import months
from services.ontzorgen.repository import runs as repository
from services.ontzorgen.tables import TaskRow
from shared.database import Transaction
from shared.events import ShortfallResolved
from shared.events.codes import ShortfallSolution
from shared.http import Caller, not_found
from shared.refusals import ConflictError, Fault, WrongInputError

_GRANT_OF = {
    ShortfallSolution.BRIDGING_MONEY: GrantKind.BRIDGING,
    ShortfallSolution.SPECIAL_ASSISTANCE: GrantKind.SPECIAL_ASSISTANCE,
    ShortfallSolution.CASE_MANAGER_DECISION: GrantKind.OTHER,
}


@dataclass(frozen=True)
class Resolution:
    """What was decided; `granted_cents` is money that the municipality adds, in a month that is still to be run."""

    solution: ShortfallSolution
    resolved_on: date
    granted_cents: int = 0
    for_month: str | None = None


async def resolve(
    household_id: UUID, month: str, asked: Resolution, caller: Caller, tx: Transaction
) -> ShortfallResolved:
    """The shortfall's task is done, and money that is added stands in the file as a gift of its month."""
    household = (await locked(household_id, tx)).household
    kept = await months.month(tx, household_id, month)
    task = await repository.task(tx, task_id(household_id, TaskKind.SHORTFALL, month), lock=True)
    if kept is None or task is None:
        raise not_found("shortfall")
    if task.done_on not in (None, asked.resolved_on):
        raise ConflictError(f"This shortfall was resolved on {task.done_on} already: nothing is left to resolve.")
    told = ShortfallResolved(
        household_id=household_id,
        person_id=household.person_id,
        month=month,
        shortfall_cents=kept.statement.shortfall_cents,
        solution=asked.solution,
        resolved_on=asked.resolved_on,
    )
    if task.done_on is None:
        if asked.granted_cents:
            grant = _grant(household_id, month, asked, household.next_month)
            await file.record_grant(household_id, grant, tx, recorder(caller))
        task.done_on = asked.resolved_on
        tx.emit(told)
    return told


def _grant(household_id: UUID, month: str, asked: Resolution, next_month: str) -> Grant:
    kind = _GRANT_OF.get(asked.solution)
    if kind is None:
        sentence = "This solution adds no money by itself: leave the amount out, or choose one that does."
        raise WrongInputError(Fault("granted_cents", "adds_no_money", sentence))
    given_in = asked.for_month or next_month
    if given_in < next_month:
        sentence = f"That month has been run already: give {next_month} or a later one."
        raise WrongInputError(Fault("for_month", "already_run", sentence))
    made = uuid5(household_id, f"grant for shortfall {month}")
    return Grant(made, kind, GrantForm.GIFT, asked.granted_cents, given_in)


async def complete_task(task_id: UUID, done_on: date, tx: Transaction) -> TaskRow:
    task = await repository.task(tx, task_id, lock=True)
    if task is None:
        raise not_found("task")
    if task.done_on not in (None, done_on):
        raise ConflictError(f"This task was done on {task.done_on} already: nothing is left to do.")
    task.done_on = done_on
    return task
