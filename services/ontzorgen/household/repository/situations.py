"""What a month's run reads of households: one document each, derived from the versions of its file.

The document is derived when the file changes, and the database removes it when a version is added, so it is never
older than the versions are.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Final
from uuid import UUID

import msgspec

from services.ontzorgen.household.repository.file import load_files, row_reader
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.repository.supplier_discounts import list_discounts, lock_against_discounts
from services.ontzorgen.household.rules.file import LoadedHousehold, MonthsInput, derive_months_input
from services.ontzorgen.household.rules.household import Household
from shared.database.transactions import Transaction

DERIVED_AT_ONCE_HOUSEHOLDS_MAX: Final = 1_000
_LOAD: Final = """
SELECT {columns}, d.document FROM household h
LEFT JOIN household_situation d ON d.municipality = h.municipality AND d.household_id = h.id
WHERE h.municipality = $1 AND h.id = ANY($2::uuid[]) ORDER BY h.id
"""
_LOCK: Final = "SELECT id FROM household WHERE municipality = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"
_SAVE: Final = """
INSERT INTO household_situation (municipality, household_id, document)
SELECT $1, new.* FROM unnest($2::uuid[], $3::bytea[]) AS new(household_id, document)
ON CONFLICT (municipality, household_id) DO UPDATE SET document = excluded.document
"""
_encode = msgspec.json.Encoder().encode
decode_months_input = msgspec.json.Decoder(MonthsInput).decode


async def load_situations(
    tx: Transaction, household_ids: Sequence[UUID], *, lock: bool = False
) -> list[LoadedHousehold]:
    """Return these households in order of id with what their months follow from; `lock` keeps their files as is."""
    await tx.flush()
    driver, ids = await tx.driver(), list(household_ids)
    rows = await driver.fetch(_load_query(lock=lock), tx.municipality, ids)
    missing = [row["id"] for row in rows if row["document"] is None]
    if missing:
        for start in range(0, len(missing), DERIVED_AT_ONCE_HOUSEHOLDS_MAX):
            await derive_situations(tx, missing[start : start + DERIVED_AT_ONCE_HOUSEHOLDS_MAX])
        rows = await driver.fetch(_load_query(lock=lock), tx.municipality, ids)
    read = row_reader(Household)
    return [LoadedHousehold(read(row), decode_months_input(row[-1])) for row in rows]


async def derive_situations(tx: Transaction, household_ids: Sequence[UUID]) -> list[LoadedHousehold]:
    """Derive and store the documents of these households anew; their files stay locked until the transaction ends."""
    await lock_files(tx, household_ids)
    driver, ids = await tx.driver(), list(household_ids)
    read = row_reader(Household)
    households = [read(row) for row in await driver.fetch(_load_query(lock=False), tx.municipality, ids)]
    discounts = await list_discounts(tx)
    standings = await tx.hooks(HouseholdHooks).load_standings(ids, tx)
    loaded = [
        LoadedHousehold(file.household, derive_months_input(file, standings[file.household.id], discounts))
        for file in await load_files(tx, households)
    ]
    documents = [_encode(household.months) for household in loaded]
    await driver.execute(_SAVE, tx.municipality, [household.household.id for household in loaded], documents)
    return loaded


async def lock_files(tx: Transaction, household_ids: Sequence[UUID]) -> None:
    """Lock these files: nothing in them changes until the transaction ends, and what is read next is up to date."""
    await tx.flush()
    await lock_against_discounts(tx)
    await (await tx.driver()).execute(_LOCK, tx.municipality, list(household_ids))


@cache
def _load_query(*, lock: bool) -> str:
    columns = ", ".join(f"h.{field.name}" for field in fields(Household))
    return _LOAD.format(columns=columns) + (" FOR UPDATE OF h" if lock else "")
