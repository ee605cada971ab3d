"""Evaluations: opened as relief nears its end, and decided."""

from datetime import date

from services.ontzorgen.household.handlers.households import change_last_day, get_household
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import evaluation
from services.ontzorgen.independence.rules.evaluation import ReliefDecision, apply_decision, decide_evaluation
from services.ontzorgen.tasks.handlers import complete_household_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction
from shared.events import EvaluationOpened

HOUSEHOLDS_AT_ONCE = 1_000


async def decide(request: ReliefDecision, tx: Transaction) -> ReliefDecision:
    """Decide how relief goes on: the last day moves with the decision, and its tasks are completed."""
    household = await get_household(request.household_id, tx)
    file = await evaluation.load_file(tx, household, request.decided_on)
    decision, events, is_new = decide_evaluation(file, request, find_policy(request.decided_on, tx))
    if not is_new:
        return decision
    require_new_id(is_new=await evaluation.add_decision(tx, decision))
    await change_last_day(apply_decision(household, decision), tx)
    kinds = (TaskKind.EVALUATION_DUE, TaskKind.REVIEW_DUE)
    await complete_household_tasks(household.id, kinds, decision.decided_on, tx)
    tx.emit(*events)
    return decision


async def open_evaluations(day: date, until: date, tx: Transaction) -> None:
    """Open the evaluation of every household whose relief ends from a day until another, once for each last day."""
    while opened := await evaluation.open_evaluations(tx, day, until, HOUSEHOLDS_AT_ONCE):
        tx.emit(
            *(
                EvaluationOpened(
                    household_id=row["household_id"],
                    person_id=row["person_id"],
                    due_on=row["last_day"],
                    last_day=row["last_day"],
                )
                for row in opened
            )
        )
