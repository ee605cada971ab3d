"""Self-reliance is measured."""

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import measurements
from services.ontzorgen.independence.rules.measurements import Measurement, measure
from shared.database.transactions import Transaction


async def record_measurement(measurement: Measurement, tx: Transaction) -> Measurement:
    """Record a measurement, which changes the household's months from now on. The same twice is recorded once."""
    household = await get_household(measurement.household_id, tx)
    earlier = await measurements.list_measurements(tx, household.id)
    events = measure(household, earlier, measurement, find_policy(measurement.measured_on, tx))
    if events:
        require_new_id(is_new=await measurements.add_measurement(tx, measurement))
    tx.emit(*events)
    return measurement
