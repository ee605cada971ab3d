"""The queries of coaches, and of whom each of them coached from when until when."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.coaches import Coach, CoachAssignment, CoachTerm
from services.ontzorgen.independence.rules.coaching import Coaching, HandOver
from services.ontzorgen.independence.tables.coaching import CoachRow, CoachTermRow
from shared.database.transactions import Transaction

PersonKey = tuple[UUID, UUID]  # the household and the person in it

# Until when: the day before the next coach began or the coaching was handed on, or its last day.
_TERMS: Final = """
SELECT * FROM (
    SELECT t.household_id, t.person_id, t.coach_id, t.from_day, t.record_no, least(
        lead(t.from_day) OVER (PARTITION BY t.household_id, t.person_id ORDER BY t.from_day, t.record_no) - 1,
        c.handed_on - 1, c.last_day
    ) AS until_day
    FROM coach_term t JOIN coaching c USING (municipality, household_id, person_id)
    WHERE t.municipality = $1 AND {condition}
) AS terms WHERE until_day >= from_day {of_coach} ORDER BY from_day, record_no
"""
_OF_COACHES: Final = _TERMS.format(
    condition="""(t.household_id, t.person_id) IN (
        SELECT a.household_id, a.person_id FROM coach_term a WHERE a.municipality = $1 AND a.coach_id = ANY($2::uuid[])
    )""",
    of_coach="AND coach_id = ANY($2::uuid[])",
)
_CASELOAD: Final = f"""
SELECT c.household_id, c.person_id, c.started_on, c.last_day, c.handed_on, c.handed_to, c.coach_id
FROM coaching c JOIN ({_OF_COACHES}) AS term USING (household_id, person_id)
WHERE c.municipality = $1 AND $3 BETWEEN term.from_day AND term.until_day
  AND ($4::uuid IS NULL OR (c.household_id, c.person_id) > ($4, $5::uuid))
ORDER BY c.household_id, c.person_id LIMIT $6
"""  # noqa: S608 - a query of our own
_OF_PERSON: Final = _TERMS.format(condition="t.household_id = $2 AND t.person_id = $3", of_coach="")


async def add_coach(tx: Transaction, coach: Coach) -> bool:
    """Add a coach; False when the id is in use."""
    return await records.add(tx, CoachRow, coach)


async def find_coach(tx: Transaction, coach_id: UUID, *, lock: bool = False) -> Coach | None:
    """Return the coach; None if there is no such coach."""
    return await records.find(tx, CoachRow, Coach, coach_id, lock=lock)


async def save_coach(tx: Transaction, coach: Coach) -> None:
    """Write back a coach that this transaction has locked."""
    await records.save(tx, CoachRow, coach, coach.id)


async def list_coaches(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Coach], UUID | None]:
    """Return coaches by id, and the id to continue after."""
    return await records.list_page(tx, CoachRow, Coach, after, limit)


async def add_assignment(tx: Transaction, assignment: CoachAssignment) -> None:
    await records.add(tx, CoachTermRow, assignment)


async def list_terms(tx: Transaction, coach_ids: list[UUID]) -> list[CoachTerm]:
    """Return whom these coaches coached from when until when, oldest first."""
    return _read_terms(await tx.rows(_OF_COACHES, tx.municipality, coach_ids))


async def list_caseload(
    tx: Transaction, coach_id: UUID, on: date, after: PersonKey | None, limit: int
) -> tuple[list[Coaching], PersonKey | None]:
    """Return whom a coach coaches on a day, by household and person, and the two to continue after."""
    found = await tx.rows(_CASELOAD, tx.municipality, [coach_id], on, *(after or (None, None)), limit + 1)
    page = [_read_coaching(row) for row in found[:limit]]
    return page, (found[limit - 1]["household_id"], found[limit - 1]["person_id"]) if len(found) > limit else None


async def list_terms_of_person(tx: Transaction, household_id: UUID, person_id: UUID) -> list[CoachTerm]:
    """Return who coached a person from when until when, oldest first."""
    return _read_terms(await tx.rows(_OF_PERSON, tx.municipality, household_id, person_id))


def _read_coaching(row: RowMapping) -> Coaching:
    handed_to = row["handed_to"]
    return Coaching(**{**row, "handed_to": None if handed_to is None else HandOver(handed_to)})


def _read_terms(rows: Iterable[RowMapping]) -> list[CoachTerm]:
    names = [field.name for field in fields(CoachTerm)]
    return [CoachTerm(**{name: row[name] for name in names}) for row in rows]
