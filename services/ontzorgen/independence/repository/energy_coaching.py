"""The queries of helping households save energy."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.energy_coaching import EnergyStep
from services.ontzorgen.independence.tables.energy_coaching import EnergyStepRow
from shared.database.transactions import Transaction


async def add_step(tx: Transaction, step: EnergyStep) -> None:
    await records.add(tx, EnergyStepRow, step)


async def list_steps(tx: Transaction, household_id: UUID) -> list[EnergyStep]:
    """Return a household's steps in the order of recording."""
    return await records.list_states(tx, EnergyStepRow, EnergyStep, household_id=household_id)
