"""The queries of measurements."""

from uuid import UUID

from services.ontzorgen.household.handlers.situations import mark_file_changed
from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.measurements import Measurement
from services.ontzorgen.independence.tables.measurements import MeasurementRow
from shared.database.transactions import Transaction


async def add_measurement(tx: Transaction, measurement: Measurement) -> bool:
    """Add a measurement, from which the household's months follow; False if its id is in use."""
    is_new = await records.add(tx, MeasurementRow, measurement)
    if is_new:
        mark_file_changed(measurement.household_id, tx)
    return is_new


async def list_measurements(tx: Transaction, household_id: UUID) -> list[Measurement]:
    """Return a household's measurements in the order of recording."""
    return await records.list_states(tx, MeasurementRow, Measurement, household_id=household_id)
