"""The queries of coaches, and of how many people each of them coaches."""

from datetime import date
from typing import Final
from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.coaches import Coach
from services.ontzorgen.independence.tables.coaching import CoachRow
from shared.database.transactions import Transaction

_CASELOADS: Final = """
SELECT coach_id, count(*) AS people FROM coaching
WHERE municipality = $1 AND coach_id = ANY($2::uuid[]) AND handed_on IS NULL AND last_day >= $3 GROUP BY coach_id
"""


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


async def count_caseloads(tx: Transaction, coach_ids: list[UUID], on: date) -> dict[UUID, int]:
    """Return how many people each of these coaches coaches on a day; no entry for a coach of nobody."""
    return {row["coach_id"]: row["people"] for row in await tx.rows(_CASELOADS, tx.municipality, coach_ids, on)}
