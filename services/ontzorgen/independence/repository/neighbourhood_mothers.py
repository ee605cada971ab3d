"""The queries of neighbourhood mothers and of what they did."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.neighbourhood_mothers import MotherEngagement, NeighbourhoodMother
from services.ontzorgen.independence.tables.neighbourhood_mothers import MotherEngagementRow, NeighbourhoodMotherRow
from shared.database.transactions import Transaction


async def add_mother(tx: Transaction, mother: NeighbourhoodMother) -> bool:
    """Add a guide; False when her id is in use."""
    return await records.add(tx, NeighbourhoodMotherRow, mother)


async def find_mother(tx: Transaction, mother_id: UUID, *, lock: bool = False) -> NeighbourhoodMother | None:
    """Return the guide; None if there is no such guide."""
    return await records.find(tx, NeighbourhoodMotherRow, NeighbourhoodMother, mother_id, lock=lock)


async def save_mother(tx: Transaction, mother: NeighbourhoodMother) -> None:
    """Write back a guide that this transaction has locked."""
    await records.save(tx, NeighbourhoodMotherRow, mother, mother.id)


async def list_mothers(
    tx: Transaction, after: UUID | None, limit: int
) -> tuple[list[NeighbourhoodMother], UUID | None]:
    """Return guides by id, and the id to continue after."""
    return await records.list_page(tx, NeighbourhoodMotherRow, NeighbourhoodMother, after, limit)


async def add_engagement(tx: Transaction, engagement: MotherEngagement) -> bool:
    """Add what a guide did; False when its id is in use."""
    return await records.add(tx, MotherEngagementRow, engagement)


async def find_engagement(tx: Transaction, engagement_id: UUID) -> MotherEngagement | None:
    """Return the engagement; None if there is no such engagement."""
    return await records.find(tx, MotherEngagementRow, MotherEngagement, engagement_id)


async def list_engagements(tx: Transaction, mother_id: UUID) -> list[MotherEngagement]:
    return await records.list_states(tx, MotherEngagementRow, MotherEngagement, mother_id=mother_id)
