"""The events of ontzorgen on growing independent: self-reliance, evaluation, extension, phase-out, early signals."""

from datetime import date

from pydantic import Field

from shared.events.base import EventData, event
from shared.events.codes import ChargeKind, ExtensionGround, MeasurementMoment, PhaseOutStep, SelfRelianceClass
from shared.events.ontzorgen import PW56A, RELIEF, RETENTION_DAYS, SERVICE
from shared.identity import HouseholdId, PersonId

PW57 = "Participatiewet art. 57"


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="Financial self-reliance was measured, in three classes.",
    legal_basis=f"{PW56A} and 57",
    retention_days=RETENTION_DAYS,
)
class SelfRelianceMeasured(EventData):
    household_id: HouseholdId
    person_id: PersonId
    outcome: SelfRelianceClass = Field(description="Class that was found")
    moment: MeasurementMoment = Field(description="Why it was measured")
    measured_on: date = Field(description="Day of the measurement")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="The end of relief is near: measure self-reliance and decide how it goes on.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class EvaluationOpened(EventData):
    household_id: HouseholdId
    person_id: PersonId
    due_on: date = Field(description="Day by which the evaluation must be done")
    last_day: date = Field(description="Last day of relief as it stands")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="Relief goes on after the first six months, on grounds and with a review date.",
    legal_basis=PW57,
    retention_days=RETENTION_DAYS,
)
class ReliefExtended(EventData):
    household_id: HouseholdId
    person_id: PersonId
    decided_on: date = Field(description="Day of the decision")
    last_day: date = Field(description="Last day of relief now")
    review_on: date = Field(description="Day by which the grounds are looked at again")
    grounds: tuple[ExtensionGround, ...] = Field(min_length=1, max_length=4, description="Why it goes on")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="Letting go began, in the steps that the policy names.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class PhaseOutStarted(EventData):
    household_id: HouseholdId
    person_id: PersonId
    started_on: date = Field(description="Day on which it began")
    steps: tuple[PhaseOutStep, ...] = Field(min_length=1, max_length=5, description="The steps, in their order")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="One step of letting go was taken.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class PhaseOutStepTaken(EventData):
    household_id: HouseholdId
    person_id: PersonId
    step: PhaseOutStep = Field(description="The step")
    taken_on: date = Field(description="Day on which it was taken")


@event(
    service=SERVICE,
    topic=RELIEF,
    meaning="A creditor signalled arrears in the time agreed for early signals.",
    legal_basis=PW56A,
    retention_days=RETENTION_DAYS,
)
class ArrearsSignalled(EventData):
    household_id: HouseholdId
    person_id: PersonId
    kind: ChargeKind = Field(description="Kind of fixed charge that is in arrears")
    months_in_arrears: int = Field(ge=1, le=120, description="Number of months not paid")
    signalled_on: date = Field(description="Day of the signal")
