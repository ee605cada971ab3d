"""What a day makes due of growing independent: evaluations and tasks, each once."""

from datetime import date
from typing import Any

from services.ontzorgen.independence.handlers.evaluation import open_evaluations
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import days
from services.ontzorgen.independence.rules.applications import DECIDED_SOON_DAYS
from services.ontzorgen.independence.rules.followed_courses import RECORDED_WITHIN_DAYS
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction

_RAISED_DAILY = (
    TaskKind.EVALUATION_DUE,
    TaskKind.REVIEW_DUE,
    TaskKind.CREDITORS_TO_TELL,
    TaskKind.COACH_TO_HAND_ON,
    TaskKind.SOUNDING_BOARD_ACTION_DUE,
)


async def raise_due(day: date, tx: Transaction) -> None:
    """Open the evaluations and raise the tasks of growing independent that a day makes due; each once."""
    policy = find_policy(day, tx)
    await open_evaluations(day, policy.evaluates_until(day), tx)
    for kind in _RAISED_DAILY:
        await _raise(kind, day, tx)
    await _raise(TaskKind.APPLICATION_UNDECIDED, day, tx, DECIDED_SOON_DAYS)
    if policy.mother_fee_cents_per_hour:
        await _raise(TaskKind.MOTHER_PAY_DUE, day, tx)
    roles = sorted(policy.participating_roles)
    if policy.retest_is_task and policy.retest_months:
        early_days = 7 * policy.evaluation_weeks_before_end
        await _raise(TaskKind.RETEST_DUE, day, tx, roles, policy.retest_months, early_days)
    if courses := policy.obligatory_courses:
        codes, due_months = [course.code for course in courses], [course.due_months for course in courses]
        await _raise(TaskKind.COURSE_NOT_ATTENDED, day, tx, roles, codes, due_months)
    if followed := [
        (course.code, course.behind_after_lessons) for course in policy.courses if course.behind_after_lessons
    ]:
        codes, lessons = [code for code, _ in followed], [lessons for _, lessons in followed]
        await _raise(TaskKind.COURSE_BEHIND, day, tx, codes, lessons, RECORDED_WITHIN_DAYS)


async def _raise(kind: TaskKind, day: date, tx: Transaction, *arguments: Any) -> None:
    await days.raise_due_tasks(tx, kind, day, *arguments)
