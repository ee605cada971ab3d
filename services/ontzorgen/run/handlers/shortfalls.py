"""A shortfall is resolved by what someone decided, and its task with it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from services.ontzorgen.household.handlers import file
from services.ontzorgen.household.handlers.recording import locked, recorder, unused
from services.ontzorgen.household.repository import file as files
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.means import Grant, GrantForm
from services.ontzorgen.household.rules.unpaid import unpaid_charges
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.run.handlers.recurring_months import make_ready
from services.ontzorgen.run.repository import months
from services.ontzorgen.statement.rules.statement import Statement
from services.ontzorgen.tasks.handlers import complete_tasks, lock_task
from services.ontzorgen.tasks.rules import TaskKind, derive_task_id
from shared.calendar import month_of, month_start, next_month
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events import ShortfallResolved
from shared.events.codes import ShortfallSolution
from shared.http.requests import Caller, not_found

_GRANT_OF = {
    ShortfallSolution.BRIDGING_MONEY: GrantKind.BRIDGING,
    ShortfallSolution.SPECIAL_ASSISTANCE: GrantKind.SPECIAL_ASSISTANCE,
    ShortfallSolution.CASE_MANAGER_DECISION: GrantKind.OTHER,
}


@dataclass(frozen=True)
class Resolution:
    """What was decided; `granted_cents` is money that the municipality adds, in a month that is still to be run.

    That month pays what was left unpaid, as far as the money goes; `for_month` alone: all of it, from its own money.
    """

    solution: ShortfallSolution
    resolved_on: date
    granted_cents: int = 0
    for_month: str | None = None


async def resolve(
    household_id: UUID, month: str, asked: Resolution, caller: Caller, tx: Transaction
) -> ShortfallResolved:
    """The shortfall's task is done; money that is added is a gift of its month, and the creditors are paid then."""
    household = (await locked(household_id, tx)).household
    kept = await months.month(tx, household_id, month)
    task = await lock_task(derive_task_id(household_id, TaskKind.SHORTFALL, month), tx)
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
        if asked.granted_cents or asked.for_month:
            await _pay_later(household, kept.statement, asked, caller, tx)
        await complete_tasks([task.id], asked.resolved_on, tx)
        tx.emit(told)
    return told


async def _pay_later(
    household: Household, short: Statement, asked: Resolution, caller: Caller, tx: Transaction
) -> None:
    month = await _month_to_pay_in(household, asked.for_month, tx)
    if asked.granted_cents:
        await file.record_grant(household.id, _grant(household.id, short.month, asked, month), tx, recorder(caller))
    unpaid = unpaid_charges(
        household.id,
        short.charges,
        short.corrections,
        policy_in_force(tx.municipality, month_start(short.month)).pay_order,
        unpaid_in=short.month,
        month=month,
        cents_max=asked.granted_cents or None,
    )
    for one in unpaid:
        unused(is_new=await files.add(tx, household.id, one, recorder(caller)))
    await make_ready(household.id, tx)


async def _month_to_pay_in(household: Household, wanted: str | None, tx: Transaction) -> str:
    """The month that was named, or the next one that is not computed yet; nothing is paid once relief is over."""
    first = household.next_month
    if await months.month(tx, household.id, first) is not None:
        first = next_month(first)
    if wanted is not None and wanted < first:
        sentence = f"That month has been run already: give {first} or a later one."
        raise WrongInputError(Fault("for_month", "already_run", sentence))
    last = month_of(min(household.last_day, household.right_until or household.last_day))
    month = wanted or first
    if month > last:
        sentence = f"The last month of relief is {last}, and nothing is paid after it: "
        mend = (
            f"give {last} or an earlier one." if first <= last else "extend relief first, or leave month and money out."
        )
        raise WrongInputError(Fault("for_month", "after_relief", sentence + mend))
    return month


def _grant(household_id: UUID, month: str, asked: Resolution, given_in: str) -> Grant:
    kind = _GRANT_OF.get(asked.solution)
    if kind is None:
        sentence = "This solution adds no money by itself: leave the amount out, or choose one that does."
        raise WrongInputError(Fault("granted_cents", "adds_no_money", sentence))
    made = uuid5(household_id, f"grant for shortfall {month}")
    return Grant(made, kind, GrantForm.GIFT, asked.granted_cents, given_in)
