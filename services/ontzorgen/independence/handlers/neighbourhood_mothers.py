"""Neighbourhood mothers: registered by a random id, and what they did."""

from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.independence.repository import neighbourhood_mothers
from services.ontzorgen.independence.rules.neighbourhood_mothers import (
    MotherEngagement,
    NeighbourhoodMother,
    check_engagement,
    require_same_mother,
)
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import require_found


async def register_mother(mother: NeighbourhoodMother, tx: Transaction) -> NeighbourhoodMother:
    """Register a guide. Sent again with a last day, it is when she stops; nothing else of her changes."""
    if await neighbourhood_mothers.add_mother(tx, mother):
        return mother
    existing = await neighbourhood_mothers.find_mother(tx, mother.id, lock=True)
    existing = require_same_mother(existing, mother)
    if mother.until_day is None:
        return existing
    await neighbourhood_mothers.save_mother(tx, mother)
    return mother


async def list_mothers(
    after: UUID | None, limit: int, tx: Transaction
) -> tuple[list[NeighbourhoodMother], UUID | None]:
    """Return guides by id, and the id to continue after."""
    return await neighbourhood_mothers.list_mothers(tx, after, limit)


async def engage_mother(engagement: MotherEngagement, tx: Transaction) -> MotherEngagement:
    """Record what a guide did. The same twice is recorded once."""
    mother = await _get_mother(engagement.mother_id, tx)
    if engagement.household_id is not None:
        await get_household(engagement.household_id, tx, lock=False)
    check_engagement(mother, engagement)
    if await neighbourhood_mothers.add_engagement(tx, engagement):
        return engagement
    earlier = await neighbourhood_mothers.find_engagement(tx, engagement.id)
    return require_same_content(earlier, engagement) if earlier else engagement


async def list_engagements(mother_id: UUID, tx: Transaction) -> list[MotherEngagement]:
    """Return what a guide did."""
    await _get_mother(mother_id, tx)
    return await neighbourhood_mothers.list_engagements(tx, mother_id)


async def _get_mother(mother_id: UUID, tx: Transaction) -> NeighbourhoodMother:
    return require_found(await neighbourhood_mothers.find_mother(tx, mother_id), "neighbourhood mother")
