"""A household in relief since the middle of September 2026, for the tests of its file."""

from datetime import date
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from shared.events.codes import AgeBand, HouseholdType

FIRST_DAY, LAST_DAY = date(2026, 9, 16), date(2027, 3, 15)
HOUSEHOLD = Household(
    id=UUID(int=1),
    person_id=UUID(int=2),
    household_type=HouseholdType.COUPLE,
    age_band=AgeBand.MIXED,
    has_children=True,
    first_day=FIRST_DAY,
    last_day=LAST_DAY,
    right_from=FIRST_DAY,
    right_until=None,
    next_month="2026-09",
    months_run=0,
    ended_on=None,
)
