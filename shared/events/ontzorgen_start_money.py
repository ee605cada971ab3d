"""The event of ontzorgen on money to begin with: what was decided on it."""

from datetime import date

from pydantic import Field

from shared.events.base import EventData, event
from shared.events.codes import StartMoneyKind
from shared.events.ontzorgen import RELIEF, RETENTION_DAYS, SERVICE, Cents, Month
from shared.identity import HouseholdId, PersonId


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="It was decided on start money that the policy proposed: granted, lowered or declined.",
    legal_basis="Participatiewet art. 35, 48, 51 and 56a",
    retention_days=RETENTION_DAYS,
)
class StartMoneyDecided(EventData):
    household_id: HouseholdId
    person_id: PersonId
    kind: StartMoneyKind = Field(description="Kind of start money")
    month: Month
    proposed_cents: Cents = Field(description="What was proposed, in cents")
    granted_cents: Cents = Field(description="What is granted, in cents; zero when it is declined")
    decided_on: date = Field(description="Day of the decision")
    repay_from: Month | None = Field(default=None, description="First month of repayment, of a loan")
    repay_cents: Cents | None = Field(default=None, description="Repayment a month, of a loan, in cents")
