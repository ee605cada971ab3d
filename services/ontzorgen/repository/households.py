"""Every query of ontzorgen. Row-level security keeps each of them to the municipality of the transaction."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlmodel import SQLModel, col

from services.ontzorgen.domain import (
    Charge,
    Household,
    HouseholdFile,
    Mandate,
)
from services.ontzorgen.tables import (
    AccessLogRow,
    ChargeRow,
    HouseholdRow,
    MandateRow,
)
from shared import rows
from shared.database import Transaction
from shared.http import Caller
from shared.identity import new_id

State = TypeVar("State", Household, Charge, Mandate)
OfHousehold = TypeVar("OfHousehold", ChargeRow, MandateRow)
_ROW_OF: dict[type, type[SQLModel]] = {Household: HouseholdRow, Charge: ChargeRow, Mandate: MandateRow}


async def add_household(tx: Transaction, household: Household) -> bool:
    """Keep a household; False when it is here already."""
    return await rows.add(tx, HouseholdRow, **rows.values_of(household))


async def household(tx: Transaction, household_id: UUID, *, lock: bool = False) -> Household | None:
    """A household; with `lock` nothing of its file changes until this transaction ends."""
    row = await rows.find(tx, HouseholdRow, household_id, lock=lock)
    return None if row is None else rows.state_of(Household, row)


async def file_of(tx: Transaction, household_id: UUID, *, lock: bool = False) -> HouseholdFile | None:
    found = await household(tx, household_id, lock=lock)
    return None if found is None else (await files(tx, [found]))[0]


async def households(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Household], UUID | None]:
    found, following = await rows.page(tx, HouseholdRow, after=after, limit=limit)
    return [rows.state_of(Household, row) for row in found], following


async def add_charge(tx: Transaction, household_id: UUID, charge: Charge) -> bool:
    """Keep a charge; False when its id is in use."""
    return await rows.add(tx, ChargeRow, household_id=household_id, **rows.values_of(charge))


async def add_mandate(tx: Transaction, household_id: UUID, mandate: Mandate) -> bool:
    """Keep a mandate; False when its id is in use."""
    return await rows.add(tx, MandateRow, household_id=household_id, **rows.values_of(mandate))


async def save(tx: Transaction, state: State) -> None:
    """Write back what this transaction has loaded and locked."""
    await rows.update(tx, _ROW_OF[type(state)], state.id, **rows.values_of(state))


async def mandate(tx: Transaction, household_id: UUID, mandate_id: UUID) -> Mandate | None:
    row = await rows.find(tx, MandateRow, mandate_id)
    return rows.state_of(Mandate, row) if row is not None and row.household_id == household_id else None


async def files(tx: Transaction, found: Sequence[Household]) -> list[HouseholdFile]:
    """The households with their charges and mandates."""
    ids = [one.id for one in found]
    charges = await _of_households(tx, ChargeRow, Charge, ids)
    mandates = await _of_households(tx, MandateRow, Mandate, ids)
    return [HouseholdFile(one, tuple(charges.get(one.id, ())), tuple(mandates.get(one.id, ()))) for one in found]


async def _of_households(
    tx: Transaction, row: type[OfHousehold], kind: type[State], ids: Sequence[UUID]
) -> dict[UUID, list[State]]:
    query = (
        select(row)
        .where(col(row.household_id).in_(ids))
        .order_by(col(row.id))
        .execution_options(populate_existing=True)
    )
    by_household: dict[UUID, list[State]] = {}
    for one in (await tx.session.execute(query)).scalars():
        by_household.setdefault(one.household_id, []).append(rows.state_of(kind, one))
    return by_household


async def log_reading(tx: Transaction, reader: Caller, person_id: UUID) -> None:
    """Every reading of a person's file leaves a line; the database says when."""
    roles = sorted(reader.roles)
    await rows.add(tx, AccessLogRow, id=new_id(), person_id=person_id, subject=reader.subject, roles=roles)
