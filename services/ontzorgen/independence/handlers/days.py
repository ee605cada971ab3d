"""What a day brings in ontzorgen: months are proposed, relief ends, growing independent comes due. Each thing once."""

from datetime import date
from functools import partial

from services.ontzorgen import metrics
from services.ontzorgen.independence.handlers.evaluation import open_evaluations
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import days
from services.ontzorgen.ledger.handlers import watch_sum
from services.ontzorgen.run.handlers.runs import propose_due
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.rules.month import ended
from services.ontzorgen.tasks.handlers import count_raised
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.events import DayStarted
from shared.messaging import DONE, Outcome, Received

ENDING_AT_ONCE_MAX = 500
_RAISED_DAILY = (
    TaskKind.EVALUATION_DUE,
    TaskKind.REVIEW_DUE,
    TaskKind.CREDITORS_TO_TELL,
    TaskKind.COACH_TO_HAND_ON,
)


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """Do what a day makes due; one that comes twice or late changes nothing that an earlier one did."""
    day = received.data.date
    await propose_due(day, tx)
    while over := await repository.end_relief(tx, day, ENDING_AT_ONCE_MAX):
        tx.emit(*(ended(household) for household in over))
        count_on_commit(tx, partial(metrics.RELIEF_ENDED.inc, len(over)))
    await raise_due(day, tx)
    await watch_sum(tx)
    return DONE


async def raise_due(day: date, tx: Transaction) -> None:
    """Open the evaluations and raise the tasks of growing independent that a day makes due; each once."""
    policy = find_policy(day, tx)
    await open_evaluations(day, policy.evaluates_until(day), tx)
    for kind in _RAISED_DAILY:
        count_raised(kind, len(await days.raise_due_tasks(tx, kind, day)), tx)
    if courses := policy.obligatory_courses:
        codes, due_months = [course.code for course in courses], [course.due_months for course in courses]
        kind = TaskKind.COURSE_NOT_ATTENDED
        count_raised(kind, len(await days.raise_due_tasks(tx, kind, day, codes, due_months)), tx)
