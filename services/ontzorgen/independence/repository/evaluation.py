"""The queries of evaluations: opened by the day, decided by a person, with all that a decision follows from."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.ontzorgen.household.handlers.people import list_people
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.repository import measurements, phase_out, records
from services.ontzorgen.independence.rules.evaluation import Evaluation, IndependenceFile, ReliefDecision
from services.ontzorgen.independence.tables.evaluation import EvaluationRow, ReliefDecisionRow
from shared.database.transactions import Transaction

_OPEN_EVALUATIONS: Final = """
WITH due AS (
    SELECT h.municipality, h.id, h.person_id, h.last_day FROM household h
    WHERE h.municipality = $1 AND h.ended_on IS NULL AND h.first_day <= $2 AND h.last_day BETWEEN $2 AND $3
    AND NOT EXISTS (SELECT FROM evaluation e WHERE e.municipality = h.municipality AND e.household_id = h.id
                    AND e.last_day = h.last_day)
    AND NOT EXISTS (SELECT FROM relief_decision d WHERE d.municipality = h.municipality AND d.household_id = h.id
                    AND d.outcome = 'end' AND d.last_day = h.last_day)
    ORDER BY h.id LIMIT $4
), opened AS (
    INSERT INTO evaluation (municipality, household_id, last_day, opened_on)
    SELECT municipality, id, last_day, $2 FROM due
    ON CONFLICT DO NOTHING RETURNING household_id
)
SELECT due.id AS household_id, due.person_id, due.last_day FROM due JOIN opened ON opened.household_id = due.id
ORDER BY due.id
"""


async def open_evaluations(tx: Transaction, day: date, until: date, limit: int) -> Sequence[RowMapping]:
    """Open evaluations of at most so many households whose relief ends from a day until another, and return these."""
    return await tx.rows(_OPEN_EVALUATIONS, tx.municipality, day, until, limit)


async def list_evaluations(tx: Transaction, household_id: UUID) -> list[Evaluation]:
    """Return a household's evaluations by last day."""
    return await records.list_states(tx, EvaluationRow, Evaluation, household_id=household_id)


async def add_decision(tx: Transaction, decision: ReliefDecision) -> bool:
    """Add a decision; False when its id is in use."""
    return await records.add(tx, ReliefDecisionRow, decision)


async def load_file(tx: Transaction, household: Household, on: date) -> IndependenceFile:
    """Return all that is on record of one household's independence, with the creditors that it has on a day."""
    return IndependenceFile(
        household=household,
        measurements=await measurements.list_measurements(tx, household.id),
        decisions=await records.list_states(tx, ReliefDecisionRow, ReliefDecision, household_id=household.id),
        steps=await phase_out.list_steps(tx, household.id),
        informed=await phase_out.list_informed(tx, household.id),
        creditors=await phase_out.list_creditors(tx, household.id, on),
        others=await list_people(household.id, tx),
    )
