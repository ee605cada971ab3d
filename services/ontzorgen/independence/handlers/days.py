"""What a day makes due of growing independent: evaluations and tasks, each once."""

from datetime import date

from services.ontzorgen.independence.handlers.evaluation import open_evaluations
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import days
from services.ontzorgen.tasks.handlers import count_raised
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction

_RAISED_DAILY = (
    TaskKind.EVALUATION_DUE,
    TaskKind.REVIEW_DUE,
    TaskKind.CREDITORS_TO_TELL,
    TaskKind.COACH_TO_HAND_ON,
)


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
