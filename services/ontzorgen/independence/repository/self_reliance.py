"""The query of how self-reliant households are."""

from collections.abc import Sequence
from uuid import UUID

from services.ontzorgen.household.handlers.people import list_people_by_household
from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.measurements import Measurement
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision
from services.ontzorgen.independence.rules.phase_out import StepTaken
from services.ontzorgen.independence.rules.self_reliance import SelfReliance
from services.ontzorgen.independence.tables.measurements import MeasurementRow
from services.ontzorgen.independence.tables.money_decisions import MoneyDecisionRow
from services.ontzorgen.independence.tables.phase_out import PhaseOutStepRow
from shared.database.transactions import Transaction


async def load_self_reliance(tx: Transaction, household_ids: Sequence[UUID]) -> dict[UUID, SelfReliance]:
    """Return how self-reliant each of these households is; every id has an entry."""
    measurements = await records.list_by_household(tx, MeasurementRow, Measurement, household_ids)
    decisions = await records.list_by_household(tx, MoneyDecisionRow, MoneyDecision, household_ids)
    steps = await records.list_by_household(tx, PhaseOutStepRow, StepTaken, household_ids)
    people = await list_people_by_household(household_ids, tx)
    return {
        household_id: SelfReliance(
            measurements.get(household_id, ()),
            decisions.get(household_id, ()),
            steps.get(household_id, ()),
            people.get(household_id, ()),
        )
        for household_id in household_ids
    }
