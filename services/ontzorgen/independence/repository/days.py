"""Tasks that a day makes due in growing independent: each kind is found and raised in one statement, and once.

A task's id is derived from its household and from what it is about, so a day that comes again raises nothing.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.identity import Role

# `_DUE` gives households and what the task is about.
_RAISE: Final = """
INSERT INTO task (municipality, id, household_id, kind, month, for_role, amount_cents, raised_on)
SELECT $1, new.id, new.household_id, $2::text, $3, $4, 0, $5::date
FROM (SELECT DISTINCT household_id, md5(household_id::text || $2::text || about)::uuid AS id FROM ({due}) due) new
WHERE NOT EXISTS (SELECT FROM task t WHERE t.municipality = $1 AND t.id = new.id)
ON CONFLICT DO NOTHING RETURNING household_id
"""

_DUE: Final = {
    TaskKind.EVALUATION_DUE: """
        SELECT household_id, last_day::text AS about FROM evaluation WHERE municipality = $1 AND opened_on = $5::date
    """,
    TaskKind.REVIEW_DUE: """
        SELECT d.household_id, d.id::text AS about FROM relief_decision d
        JOIN household h ON h.municipality = d.municipality AND h.id = d.household_id AND h.ended_on IS NULL
        WHERE d.municipality = $1 AND d.review_on <= $5::date
        AND NOT EXISTS (SELECT FROM relief_decision later WHERE later.municipality = d.municipality
                        AND later.household_id = d.household_id AND later.place > d.place
                        AND later.outcome IN ('extend', 'continue', 'end'))
    """,
    TaskKind.CREDITORS_TO_TELL: """
        SELECT h.id AS household_id, h.last_day::text AS about FROM household h
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (COALESCE(v.charge_id, v.id)) v.municipality, v.household_id, v.creditor,
                v.amount_cents, v.until_day
            FROM charge v WHERE v.municipality = h.municipality AND v.household_id = h.id
            ORDER BY COALESCE(v.charge_id, v.id), v.record_no DESC
        ) c
        WHERE h.municipality = $1 AND h.ended_on IS NULL AND h.last_day <= $5::date + 7
        AND c.amount_cents > 0 AND (c.until_day IS NULL OR c.until_day >= h.last_day)
        AND NOT EXISTS (SELECT FROM creditor_told informed WHERE informed.municipality = c.municipality
                        AND informed.household_id = c.household_id AND informed.creditor = c.creditor
                        AND informed.told_on >= COALESCE((SELECT max(d.decided_on) FROM relief_decision d
                            WHERE d.municipality = h.municipality AND d.household_id = h.id
                            AND d.outcome = 'extend'), '-infinity'))
    """,
    TaskKind.COURSE_NOT_ATTENDED: """
        SELECT h.id AS household_id, course.code AS about
        FROM unnest($6::text[], $7::int[]) AS course (code, due_months)
        JOIN household h ON h.municipality = $1 AND h.ended_on IS NULL
        AND h.first_day + make_interval(months => course.due_months) <= $5::date
        AND NOT EXISTS (SELECT FROM enrolment e WHERE e.municipality = h.municipality AND e.household_id = h.id
                        AND e.course = course.code AND e.completed_on IS NOT NULL)
    """,
    TaskKind.COACH_TO_HAND_ON: """
        SELECT household_id, last_day::text AS about FROM coaching
        WHERE municipality = $1 AND handed_on IS NULL AND last_day <= $5::date
    """,
}
_ROLES: Final = {TaskKind.REVIEW_DUE: Role.CASE_MANAGER, TaskKind.COURSE_NOT_ATTENDED: Role.CASE_MANAGER}


async def raise_due_tasks(tx: Transaction, kind: TaskKind, day: date, *arguments: Any) -> list[UUID]:
    """Raise every task of a kind that this day makes due and return the households that got one now."""
    statement = _RAISE.format(due=_DUE[kind])
    values = (tx.municipality, kind, month_of(day), _ROLES.get(kind, Role.BUDGET_MANAGER), day, *arguments)
    return [row["household_id"] for row in await tx.rows(statement, *values)]
