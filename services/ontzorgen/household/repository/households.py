"""Every query of households. Row-level security keeps each of them to the municipality of the transaction."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.household.repository.file import load_files
from services.ontzorgen.household.repository.hooks import mark_file_changed
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.tables.households import HouseholdRow
from shared.database import rows
from shared.database.transactions import Transaction

# Relief is over when its last day is past and no month of it is left to run.
_END_RELIEF: Final = """
UPDATE household h SET ended_on = h.last_day FROM (
    SELECT id FROM household WHERE municipality = $1 AND ended_on IS NULL AND last_day < $2
    AND next_month > to_char(last_day, 'YYYY-MM') ORDER BY id LIMIT $3 FOR UPDATE
) AS over WHERE h.municipality = $1 AND h.id = over.id RETURNING h.id
"""
_OTHER_RELIEF: Final = """
SELECT h.id FROM household h WHERE h.municipality = $1 AND h.person_id = $2 AND h.id <> $3 AND h.ended_on IS NULL
AND h.first_day <= $5
UNION ALL
SELECT h.id FROM household_person p
JOIN household h ON h.municipality = p.municipality AND h.id = p.household_id AND h.ended_on IS NULL
WHERE p.municipality = $1 AND p.person_id = $2 AND p.role = 'partner' AND p.household_id <> $3
AND p.from_day <= $5 AND (p.until_day IS NULL OR p.until_day >= $4)
AND NOT EXISTS (SELECT FROM household_person later WHERE later.municipality = p.municipality AND later.replaces = p.id)
LIMIT 1
"""


async def add_household(tx: Transaction, household: Household) -> bool:
    """Add a household; False if it exists already."""
    is_new = await rows.add(tx, HouseholdRow, **rows.to_values(household))
    if is_new:
        mark_file_changed(tx, household.id)
    return is_new


async def find_household(tx: Transaction, household_id: UUID, *, lock: bool = False) -> Household | None:
    """Return a household; None if there is none. With `lock` its file does not change until the transaction ends."""
    row = await rows.find(tx, HouseholdRow, household_id, lock=lock)
    return None if row is None else rows.to_state(Household, row)


async def find_file(tx: Transaction, household_id: UUID, *, lock: bool = False) -> HouseholdFile | None:
    """Return a household's file; None if there is none. `lock` as for `find_household`."""
    household = await find_household(tx, household_id, lock=lock)
    return None if household is None else (await load_files(tx, [household]))[0]


async def list_households(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Household], UUID | None]:
    """Return households by id, and the id to continue after."""
    page, next_cursor = await rows.list_page(tx, HouseholdRow, after=after, limit=limit)
    return [rows.to_state(Household, row) for row in page], next_cursor


async def has_other_relief(tx: Transaction, household: Household, until_day: date | None = None) -> bool:
    """Return whether the person of this household has relief that goes on in another one, also as its partner.

    Someone who leaves the household on a day may have relief in another one after it.
    """
    await tx.flush()
    values = (tx.municipality, household.person_id, household.id, household.first_day, until_day or date.max)
    return await (await tx.driver()).fetchrow(_OTHER_RELIEF, *values) is not None


async def save_household(tx: Transaction, household: Household) -> None:
    """Write back a household that this transaction has loaded and locked."""
    await rows.update(tx, HouseholdRow, household.id, **rows.to_values(household))
    mark_file_changed(tx, household.id)


async def end_relief(tx: Transaction, day: date, limit: int) -> list[Household]:
    """End the relief of households for which it is over on a day, at most `limit` of them, and return them by id."""
    await tx.flush()
    ended = await (await tx.driver()).fetch(_END_RELIEF, tx.municipality, day, limit)
    if not ended:
        return []
    query = select(HouseholdRow).where(col(HouseholdRow.id).in_([row["id"] for row in ended]))
    loaded = await tx.session.execute(query.order_by(col(HouseholdRow.id)).execution_options(populate_existing=True))
    return [rows.to_state(Household, row) for row in loaded.scalars()]
