"""The queries of measurements."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.measurements import Measurement
from services.ontzorgen.independence.tables.measurements import MeasurementRow
from shared.database.transactions import Transaction


async def add_measurement(tx: Transaction, measurement: Measurement) -> bool:
    """Add a measurement; False when its id is in use."""
    return await records.add(tx, MeasurementRow, measurement)


async def list_measurements(tx: Transaction, household_id: UUID) -> list[Measurement]:
    """Return a household's measurements in the order of recording."""
    return await records.list_states(tx, MeasurementRow, Measurement, household_id=household_id)
