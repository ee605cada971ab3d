"""The events of ontzorgen: relief from its start to its end, fixed charges, mandates and payments."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.events.base import EventData, Topic, event
from shared.events.codes import (
    ChargeChange,
    ChargeKind,
    Payee,
    ReliefEndReason,
    ShortfallSolution,
)
from shared.identity import HouseholdId, PersonId

SERVICE = "ontzorgen"
RELIEF = Topic("meedoen.ontzorgen.relief", "household_id")
RETENTION_DAYS = 7 * 365
CHARGE_LINES_MAX = 40
PAYMENT_LINES_MAX = 2 * 31
PW56A = "Participatiewet art. 56a"

Cents = Annotated[int, Field(ge=0, le=100_000_000, description="Euro cents")]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="Calendar month", examples=["2026-07"])]

CREDITOR_CODE = r"^[a-z0-9-]{1,40}$"
CreditorCode = Annotated[
    str,
    Field(
        pattern=CREDITOR_CODE,
        description="Code of the creditor, an organisation, in the municipality's register; absent in older events",
        examples=["woonstad"],
    ),
]
Kinds = Annotated[tuple[ChargeKind, ...], Field(max_length=len(ChargeKind))]


class ChargeLine(BaseModel):
    """One creditor payment of the month."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: ChargeKind = Field(description="Kind of fixed charge")
    due_cents: Cents = Field(description="What the creditor asks for this month, in cents")
    paid_cents: Cents = Field(description="What was paid from the benefit, in cents")
    for_month: Month | None = Field(
        default=None, description="Calendar month that the creditor asks it for, where it is not that of the event"
    )
    creditor: CreditorCode | None = None


class PaymentLine(BaseModel):
    """Money that one of the household gets on one day."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    on: date = Field(description="Day on which the bank pays it")
    payee: Payee = Field(description="Who gets it")
    cents: Cents


PaymentLines = Annotated[tuple[PaymentLine, ...], Field(max_length=PAYMENT_LINES_MAX)]


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The six months in which the municipality pays the fixed charges have started.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class ReliefStarted(EventData):
    household_id: HouseholdId
    person_id: PersonId
    first_day: date = Field(description="Day the right to assistance arises")
    last_day: date = Field(description="Same day number six months later, minus one day")
    kinds: Kinds | None = Field(
        default=None,
        min_length=1,
        description="Kinds of fixed charges that this municipality pays for this household, as far as it has them",
    )


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The person authorised payment of one creditor from the benefit.",
    legal_basis=f"{PW56A} and 46(3)",
    retention_days=RETENTION_DAYS,
)
class MandateGranted(EventData):
    household_id: HouseholdId
    person_id: PersonId
    mandate_id: UUID = Field(description="The mandate, by a random id")
    kind: ChargeKind = Field(description="Kind of fixed charge")
    granted_on: date = Field(description="First day of the mandate")
    creditor: CreditorCode | None = None


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The month was run: the fixed charges were withheld from the benefit and paid to the creditors.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class FixedChargesDeducted(EventData):
    household_id: HouseholdId
    person_id: PersonId
    run_id: UUID = Field(description="The run, by a random id")
    month: Month
    norm_cents: Cents = Field(description="Assistance norm for the month, holiday allowance included, in cents")
    payable_cents: Cents = Field(description="Norm less the holiday reserve, in cents")
    holiday_reserve_cents: Cents = Field(description="Set aside until June (Pw 19(3)), in cents")
    charges: tuple[ChargeLine, ...] = Field(max_length=CHARGE_LINES_MAX, description="Each creditor payment")
    deducted_cents: Cents = Field(description="Sum of what was paid to creditors, in cents")
    remainder_cents: Cents = Field(description="What is left for the person, in cents")
    available_cents: Cents | None = Field(
        default=None, description="Payable, routed allowances and grants of the month together, in cents"
    )
    correction_cents: int | None = Field(
        default=None,
        ge=-100_000_000,
        le=100_000_000,
        description="What earlier months turned out to owe (positive) or to have paid too much (negative), in cents",
    )
    income_cents: Cents | None = Field(default=None, description="Income set off against the norm, in cents")
    reduction_cents: Cents | None = Field(
        default=None, description="By how much the assistance was lowered (Pw 18(2)), in cents"
    )
    attachment_cents: Cents | None = Field(
        default=None, description="Withheld for attachments and set-offs together, in cents"
    )
    set_off_cents: Cents | None = Field(
        default=None, description="Part of attachment_cents that the municipality sets off, in cents"
    )
    holiday_paid_cents: Cents | None = Field(default=None, description="Holiday allowance paid this month, in cents")
    payments: PaymentLines | None = Field(default=None, description="The remainder, by day and payee")
    holiday_payments: PaymentLines | None = Field(
        default=None, description="The holiday allowance that is paid, by day and payee"
    )


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The benefit did not cover the fixed charges of the month; someone must decide what solves it.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class ShortfallFound(EventData):
    household_id: HouseholdId
    person_id: PersonId
    month: Month
    shortfall_cents: Cents = Field(description="What the creditors are still owed, in cents")
    unpaid: tuple[ChargeLine, ...] = Field(
        min_length=1, max_length=CHARGE_LINES_MAX, description="The lines not paid in full"
    )
    solutions: tuple[ShortfallSolution, ...] = Field(
        default=(), max_length=6, description="What may solve it, in the order in which to try"
    )


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The relief period is over; the person pays the fixed charges again.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class ReliefEnded(EventData):
    household_id: HouseholdId
    person_id: PersonId
    ended_on: date = Field(description="Last day of relief")
    reason: ReliefEndReason = Field(description="Why it ended")
    months_run: int = Field(ge=0, le=120, description="Number of months run")
    kinds: Kinds | None = Field(
        default=None, description="Kinds of fixed charges that the municipality paid until then; none if it paid none"
    )


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="A creditor refused the authorisation that the person gave: nothing more is paid under it.",
    legal_basis=f"{PW56A} and 46(3)",
    retention_days=RETENTION_DAYS,
)
class MandateRefused(EventData):
    household_id: HouseholdId
    person_id: PersonId
    mandate_id: UUID = Field(description="The mandate, by a random id")
    kind: ChargeKind = Field(description="Kind of fixed charge")
    refused_on: date = Field(description="Day on which the creditor refused it")
    ended_on: date | None = Field(
        default=None, description="First day on which it no longer holds, if it was valid until the creditor refused it"
    )
    creditor: CreditorCode | None = None


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The person withdrew the authorisation to pay one creditor from the benefit.",
    legal_basis=f"{PW56A} and 46(3)",
    retention_days=RETENTION_DAYS,
)
class MandateRevoked(EventData):
    household_id: HouseholdId
    person_id: PersonId
    mandate_id: UUID = Field(description="The mandate, by a random id")
    kind: ChargeKind = Field(description="Kind of fixed charge")
    revoked_on: date = Field(description="First day on which the mandate no longer holds")
    creditor: CreditorCode | None = None


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="A fixed charge of the household began, changed or ended.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class FixedChargeChanged(EventData):
    household_id: HouseholdId
    person_id: PersonId
    charge_id: UUID = Field(description="The charge, by a random id")
    kind: ChargeKind = Field(description="Kind of fixed charge")
    change: ChargeChange = Field(description="What happened to it")
    amount_cents: Cents = Field(description="What the creditor asks per month from then on, in cents")
    from_day: date = Field(description="First day of the change")
    until_day: date | None = Field(default=None, description="Last day of the charge, where it is known")
    known_on: date = Field(description="Day on which the municipality knew of it; months run before are corrected")
    is_withheld: bool | None = Field(
        default=None, description="Whether the municipality pays this kind for the household, once it has the mandate"
    )
    creditor: CreditorCode | None = None


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="It was decided what makes good the shortfall of a month.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class ShortfallResolved(EventData):
    household_id: HouseholdId
    person_id: PersonId
    month: Month
    shortfall_cents: Cents = Field(description="The shortfall that this resolves, in cents")
    solution: ShortfallSolution = Field(description="What resolves it")
    resolved_on: date = Field(description="Day of the decision")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The bank refused a payment to a creditor; it is instructed anew or becomes a task.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class PaymentRefused(EventData):
    household_id: HouseholdId
    person_id: PersonId
    payment_id: UUID = Field(description="The refused instruction, by an id derived from what was paid")
    month: Month
    kind: ChargeKind | None = Field(default=None, description="Kind of fixed charge; none for the money to the person")
    amount_cents: Cents = Field(description="What was refused, in cents")
    reason_code: str = Field(pattern=r"^[A-Z0-9]{1,4}$", description="ISO 20022 reason code", examples=["AC04"])
    refused_on: date = Field(description="Day of the bank's message")
    payee: Payee | None = Field(default=None, description="Whose money it was, where it was no charge")
    holiday_allowance: bool | None = Field(default=None, description="Whether that money was holiday allowance")
    for_month: Month | None = Field(
        default=None, description="Calendar month that the creditor asks a charge for, where it is another"
    )
