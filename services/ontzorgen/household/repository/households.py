"""Every query of households. Row-level security keeps each of them to the municipality of the transaction."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.household.repository import file
from services.ontzorgen.household.repository.file import files
from services.ontzorgen.household.rules.charges import Charge, Mandate
from services.ontzorgen.household.rules.household import Household, HouseholdFile
from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.tables.file import MandateRevocationRow
from services.ontzorgen.household.tables.households import AccessLogRow, HouseholdRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.http.requests import Caller
from shared.identity import new_id

__all__ = ["files"]


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


async def has_other_relief(tx: Transaction, household: Household) -> bool:
    """Whether the person of this household has relief that goes on in another one."""
    query = select(col(HouseholdRow.id)).where(
        col(HouseholdRow.person_id) == household.person_id,
        col(HouseholdRow.id) != household.id,
        col(HouseholdRow.ended_on).is_(None),
    )
    return (await tx.session.execute(query.limit(1))).first() is not None


async def save(tx: Transaction, household: Household) -> None:
    """Write back a household that this transaction has loaded and locked."""
    await rows.update(tx, HouseholdRow, household.id, **rows.values_of(household))


async def add_charge(tx: Transaction, household_id: UUID, charge: Charge, recorder: Recorder) -> bool:
    """Record a version of a charge; False when its id is in use."""
    return await file.add(tx, household_id, charge, recorder)


async def add_mandate(tx: Transaction, household_id: UUID, mandate: Mandate, recorder: Recorder) -> bool:
    """Record a mandate; False when its id is in use."""
    return await file.add(tx, household_id, mandate, recorder)


async def add_revocation(tx: Transaction, household_id: UUID, mandate: Mandate, recorder: Recorder) -> None:
    """Record that a mandate was revoked."""
    await rows.add(
        tx,
        MandateRevocationRow,
        id=new_id(),
        household_id=household_id,
        mandate_id=mandate.id,
        revoked_on=mandate.revoked_on,
        last_month=mandate.last_month,
        recorded_role=recorder.role,
        recorded_by=recorder.by,
    )


async def log_reading(tx: Transaction, reader: Caller, person_id: UUID) -> None:
    """Every reading of a person's file leaves a line; the database says when."""
    roles = sorted(reader.roles)
    await rows.add(tx, AccessLogRow, id=new_id(), person_id=person_id, subject=reader.subject, roles=roles)
