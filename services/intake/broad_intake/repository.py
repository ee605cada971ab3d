"""Queries on broad intakes. Row-level security keeps each of them to the municipality of the transaction."""

from uuid import UUID

from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.broad_intake.tables import BroadIntakeRow
from shared.database import rows
from shared.database.transactions import Transaction


async def load_intake(tx: Transaction, person_id: UUID) -> BroadIntake:
    """Return someone's intake; an empty one if nothing is recorded."""
    row = await rows.find(tx, BroadIntakeRow, person_id)
    return BroadIntake(person_id) if row is None else rows.to_state(BroadIntake, row)


async def save_intake(tx: Transaction, intake: BroadIntake) -> None:
    await rows.put(tx, BroadIntakeRow, **rows.to_values(intake))
