"""Self-reliance is measured, of the household's own person or another one who lives there."""

from dataclasses import replace

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.household.handlers.people import find_person, list_people
from services.ontzorgen.household.rules.people import find_first_day
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.person_tasks import complete_tasks_of_person
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import measurements
from services.ontzorgen.independence.rules.measurements import Measurement, measure
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Transaction


async def record_measurement(measurement: Measurement, tx: Transaction) -> Measurement:
    """Record a measurement, which changes the household's months from now on. The same twice is recorded once."""
    household = await get_household(measurement.household_id, tx)
    person_id = await find_person(household, measurement.person_id, measurement.measured_on, tx)
    measurement = replace(measurement, person_id=person_id)
    earlier = await measurements.list_measurements(tx, household.id)
    policy = find_policy(measurement.measured_on, tx)
    first_day = find_first_day(household, await list_people(household.id, tx), person_id)
    events = measure(household, earlier, measurement, policy, first_day)
    if events:
        require_new_id(is_new=await measurements.add_measurement(tx, measurement))
        if measurement.measured_on >= policy.retest_opens_on(first_day):
            await complete_tasks_of_person(household, person_id, [TaskKind.RETEST_DUE], measurement.measured_on, tx)
    tx.emit(*events)
    return measurement
