"""The query of mandates that wait for a step; what belongs to one household is read with its file."""

from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from services.ontzorgen.household.rules.mandate_requests import ENDS, WAYS
from shared.database.transactions import Transaction

# The last step of a procedure that needs no acceptance ends the waiting, as an answer does.
_LAST: Final = [f"{procedure} {way.steps[-1]}" for procedure, way in WAYS.items() if not way.needs_acceptance]
_WAITING: Final = """
SELECT asked.household_id, asked.id AS mandate_id, max(coalesce(step.taken_on, asked.asked_on)) AS since
FROM mandate_request asked
JOIN household h ON h.municipality = asked.municipality AND h.id = asked.household_id AND h.ended_on IS NULL
LEFT JOIN mandate_step step ON step.municipality = asked.municipality AND step.mandate_id = asked.id
WHERE asked.municipality = $1 AND asked.asked_on < $2 AND NOT EXISTS (
    SELECT FROM mandate_step last WHERE last.municipality = asked.municipality AND last.mandate_id = asked.id
    AND (last.step = ANY($3::text[]) OR asked.procedure || ' ' || last.step = ANY($4::text[])))
AND NOT EXISTS (
    SELECT FROM mandate_revocation r WHERE r.municipality = asked.municipality AND r.mandate_id = asked.id)
GROUP BY asked.household_id, asked.id HAVING max(coalesce(step.taken_on, asked.asked_on)) < $2 ORDER BY asked.id
"""


class WaitingMandate(NamedTuple):
    """A mandate that was asked and waits for its next step since a day."""

    household_id: UUID
    mandate_id: UUID
    since: date


async def list_waiting(tx: Transaction, before: date) -> list[WaitingMandate]:
    """Return the mandates whose next step has been awaited since before a day, of households in relief."""
    await tx.flush()
    ends = [step.value for step in ENDS]
    rows = await (await tx.driver()).fetch(_WAITING, tx.municipality, before, ends, _LAST)
    return [WaitingMandate(*row) for row in rows]
