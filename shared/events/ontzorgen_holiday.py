"""The events of ontzorgen on the holiday allowance that was set aside: paid, or handed over."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.events.base import EventData, event
from shared.events.ontzorgen import RELIEF, RETENTION_DAYS, SERVICE, Cents, Month, PaymentLines
from shared.identity import HouseholdId, PersonId

PW19 = "Participatiewet art. 19(3) and 45(1)"


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The holiday allowance that was set aside is paid: in June, or as the right or the relief ends.",
    legal_basis=PW19,
    retention_days=RETENTION_DAYS,
)
class HolidayAllowancePaid(EventData):
    household_id: HouseholdId
    person_id: PersonId
    month: Month
    amount_cents: Cents = Field(description="What is paid to the household, in cents")
    paid_on: date = Field(description="Day of payment")
    run_id: UUID = Field(description="The run, by a random id")
    first_month: Month | None = Field(default=None, description="First month for which it was set aside")
    last_month: Month | None = Field(default=None, description="Last month for which it was set aside")
    payments: PaymentLines | None = Field(default=None, description="The amount, by day and payee")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="Holiday allowance set aside goes to the benefit administration: relief ended, or it was no right.",
    legal_basis=PW19,
    retention_days=RETENTION_DAYS,
)
class HolidayAllowanceHandedOver(EventData):
    household_id: HouseholdId
    person_id: PersonId
    month: Month
    amount_cents: Cents = Field(description="What is handed over to the benefit administration, in cents")
    run_id: UUID = Field(description="The run, by a random id")
    first_month: Month | None = Field(default=None, description="First month for which it was set aside")
    last_month: Month | None = Field(default=None, description="Last month for which it was set aside")
    beyond_right: bool | None = Field(
        default=None, description="Whether it was set aside beyond the right, so that it is not the person's"
    )
