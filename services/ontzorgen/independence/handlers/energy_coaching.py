"""Helping households save energy, step by step."""

from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.independence.repository import energy_coaching
from services.ontzorgen.independence.rules.energy_coaching import EnergyStep, take_energy_step
from shared.database.transactions import Transaction


async def record_step(step: EnergyStep, tx: Transaction) -> EnergyStep:
    """Record a step. The same twice is recorded once."""
    household = await get_household(step.household_id, tx)
    if take_energy_step(await energy_coaching.list_steps(tx, household.id), step):
        await energy_coaching.add_step(tx, step)
    return step


async def list_steps(household_id: UUID, tx: Transaction) -> list[EnergyStep]:
    """Return a household's steps."""
    await read_household(household_id, tx)
    return await energy_coaching.list_steps(tx, household_id)
