"""Tasks that a day makes due in growing independent: each kind is found and raised in one statement, and once.

A task's id is derived from its household and from what it is about, so a day that comes again raises nothing. What is
about someone beside the household's own person has that person's id in it too.
"""

from datetime import date
from hashlib import md5
from typing import Any, Final
from uuid import UUID

from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.identity import Role

# `_DUE` gives households, what the task is about, and whom: a person, or nobody in particular.
_RAISE: Final = """
INSERT INTO task (municipality, id, household_id, kind, month, for_role, amount_cents, raised_on, person_id)
SELECT $1, new.id, new.household_id, $2::text, $3, $4, 0, $5::date, new.person_id
FROM (
    SELECT DISTINCT due.household_id, due.person_id, md5(
        COALESCE(due.household_id::text, '') || $2::text || due.about
        || CASE WHEN due.person_id IS NULL OR due.person_id = h.person_id THEN '' ELSE due.person_id::text END
    )::uuid AS id
    FROM ({due}) due LEFT JOIN household h ON h.municipality = $1 AND h.id = due.household_id
) new
WHERE NOT EXISTS (SELECT FROM task t WHERE t.municipality = $1 AND t.id = new.id)
ON CONFLICT DO NOTHING RETURNING household_id
"""
# Everyone whom the policy has take part, from the day on which relief or their own stay began.
_PEOPLE: Final = """(
    SELECT h.municipality, h.id AS household_id, h.person_id, h.first_day, h.ended_on, h.last_day FROM household h
    WHERE h.municipality = $1
    UNION ALL
    SELECT h.municipality, h.id, p.person_id, GREATEST(h.first_day, p.from_day), h.ended_on, h.last_day
    FROM household_person p JOIN household h ON h.municipality = p.municipality AND h.id = p.household_id
    WHERE p.municipality = $1 AND p.role = ANY($6::text[]) AND COALESCE(p.until_day, 'infinity') >= $5::date
    AND NOT EXISTS (SELECT FROM household_person later
                    WHERE later.municipality = p.municipality AND later.replaces = p.id)
)"""
_DUE: Final = {
    TaskKind.EVALUATION_DUE: """
        SELECT household_id, last_day::text AS about, NULL::uuid AS person_id FROM evaluation
        WHERE municipality = $1 AND opened_on = $5::date
    """,
    TaskKind.REVIEW_DUE: """
        SELECT d.household_id, d.id::text AS about, NULL::uuid AS person_id FROM relief_decision d
        JOIN household h ON h.municipality = d.municipality AND h.id = d.household_id AND h.ended_on IS NULL
        WHERE d.municipality = $1 AND d.review_on <= $5::date
        AND NOT EXISTS (SELECT FROM relief_decision later WHERE later.municipality = d.municipality
                        AND later.household_id = d.household_id AND later.place > d.place
                        AND later.outcome IN ('extend', 'continue', 'end'))
    """,
    TaskKind.CREDITORS_TO_TELL: """
        SELECT h.id AS household_id, h.last_day::text AS about, NULL::uuid AS person_id FROM household h
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
        SELECT who.household_id, course.code AS about, who.person_id
        FROM unnest($7::text[], $8::int[]) AS course (code, due_months)
        JOIN {people} who ON who.ended_on IS NULL
        AND who.first_day + make_interval(months => course.due_months) <= $5::date
        AND NOT EXISTS (SELECT FROM enrolment e WHERE e.municipality = who.municipality
                        AND e.household_id = who.household_id AND e.person_id = who.person_id
                        AND e.course = course.code AND e.completed_on IS NOT NULL)
    """,
    TaskKind.COACH_TO_HAND_ON: """
        SELECT household_id, last_day::text AS about, person_id FROM coaching
        WHERE municipality = $1 AND handed_on IS NULL AND last_day <= $5::date
    """,
    TaskKind.RETEST_DUE: """
        SELECT who.household_id, who.first_day::text AS about, who.person_id FROM {people} who
        WHERE (who.first_day + make_interval(months => $7::int))::date - $8::int <= $5::date
        AND (who.ended_on IS NULL OR who.ended_on >= $5::date - 7)
        AND NOT EXISTS (SELECT FROM measurement m WHERE m.municipality = who.municipality
                        AND m.household_id = who.household_id AND m.person_id = who.person_id
                        AND m.measured_on >= (who.first_day + make_interval(months => $7::int))::date - $8::int)
    """,
    TaskKind.COURSE_BEHIND: """
        SELECT e.household_id, e.id::text || '/' || max(missed.lesson_no)::text AS about, e.person_id
        FROM unnest($6::text[], $7::int[]) AS course (code, behind_after_lessons)
        JOIN enrolment e ON e.municipality = $1 AND e.course = course.code AND e.completed_on IS NULL
        JOIN household h ON h.municipality = e.municipality AND h.id = e.household_id AND h.ended_on IS NULL
        CROSS JOIN LATERAL (
            SELECT planned.lesson_no FROM unnest(e.planned_on) WITH ORDINALITY AS planned (given_on, lesson_no)
            WHERE planned.given_on < $5::date - $8::int
            UNION
            SELECT l.lesson_no FROM lesson l WHERE l.municipality = e.municipality AND l.enrolment_id = e.id
            AND NOT l.is_attended AND l.given_on < $5::date
        ) missed
        WHERE NOT EXISTS (SELECT FROM lesson l WHERE l.municipality = e.municipality AND l.enrolment_id = e.id
                          AND l.lesson_no = missed.lesson_no AND l.is_attended)
        GROUP BY e.household_id, e.id, e.person_id, course.behind_after_lessons
        HAVING count(*) >= course.behind_after_lessons
    """,
    TaskKind.APPLICATION_UNDECIDED: """
        SELECT household_id, id::text AS about, person_id FROM support_application
        WHERE municipality = $1 AND decided_on IS NULL AND decide_by - $6::int <= $5::date
    """,
    TaskKind.SOUNDING_BOARD_ACTION_DUE: """
        SELECT NULL::uuid AS household_id, id::text AS about, NULL::uuid AS person_id FROM sounding_board_action
        WHERE municipality = $1 AND reported_on IS NULL AND due_on <= $5::date
    """,
    TaskKind.MOTHER_PAY_DUE: """
        SELECT NULL::uuid AS household_id, NULL::uuid AS person_id,
            e.mother_id::text || to_char(e.on_day, 'YYYY-MM') || '/' || (
                SELECT count(*) FROM mother_engagement other JOIN mother_paid_engagement paid
                ON paid.municipality = other.municipality AND paid.engagement_id = other.id
                WHERE other.municipality = e.municipality AND other.mother_id = e.mother_id
                AND date_trunc('month', other.on_day) = date_trunc('month', e.on_day)
            )::text AS about
        FROM mother_engagement e
        WHERE e.municipality = $1 AND e.on_day < date_trunc('month', $5::date)
        AND NOT EXISTS (SELECT FROM mother_paid_engagement paid WHERE paid.municipality = e.municipality
                        AND paid.engagement_id = e.id)
    """,
}
_FOR_CASE_MANAGER: Final = (
    TaskKind.REVIEW_DUE,
    TaskKind.COURSE_NOT_ATTENDED,
    TaskKind.COURSE_BEHIND,
    TaskKind.APPLICATION_UNDECIDED,
    TaskKind.SOUNDING_BOARD_ACTION_DUE,
)


async def raise_due_tasks(tx: Transaction, kind: TaskKind, day: date, *arguments: Any) -> None:
    """Raise every task of a kind that this day makes due, once."""
    statement = _RAISE.format(due=_DUE[kind].format(people=_PEOPLE))
    role = Role.CASE_MANAGER if kind in _FOR_CASE_MANAGER else Role.BUDGET_MANAGER
    values = (tx.municipality, kind, month_of(day), role, day, *arguments)
    await (await tx.driver()).execute(statement, *values)


def derive_task_id(kind: TaskKind, about: str) -> UUID:
    """Return the id of a task about no household, as the statement derives it."""
    return UUID(hex=md5(f"{kind}{about}".encode(), usedforsecurity=False).hexdigest())
