"""States of one household for the rules of growing independent, each with whatever a test changes in it."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.measurements import Measurement, Measurer
from services.ontzorgen.independence.rules.phase_out import Creditor, StepTaken
from services.ontzorgen.independence.rules.policy import IndependencePolicy, derive_independence_policy
from services.ontzorgen.policies.handlers import policy_in_force
from shared.events.codes import (
    AgeBand,
    ChargeKind,
    HouseholdType,
    MeasurementMoment,
    PhaseOutStep,
    SelfRelianceClass,
)

HOUSEHOLD_ID = UUID(int=7)
FIRST, LAST = date(2026, 9, 16), date(2027, 3, 15)
OPENS = date(2027, 2, 15)  # four weeks before the last day
POLICY = IndependencePolicy()
RENT, ENERGY = Creditor("woonstad", ChargeKind.RENT), Creditor("stroom", ChargeKind.ENERGY)
INFORMED, TOGETHER, ALONE = PhaseOutStep.CREDITORS_INFORMED, PhaseOutStep.PAYS_TOGETHER, PhaseOutStep.PAYS_ALONE


def build_household(**changes: Any) -> Household:
    """A household in its first six months of relief."""
    household = Household(
        id=HOUSEHOLD_ID,
        person_id=UUID(int=8),
        household_type=HouseholdType.SINGLE,
        age_band=AgeBand.FROM_21,
        has_children=False,
        first_day=FIRST,
        last_day=LAST,
        right_from=FIRST,
        right_until=None,
        next_month="2027-03",
        months_run=6,
        ended_on=None,
    )
    return replace(household, **changes)


def build_measurement(
    on: date, outcome: SelfRelianceClass = SelfRelianceClass.NOT_SELF_RELIANT, **changes: Any
) -> Measurement:
    """A measurement that was asked for."""
    moment, measurer = MeasurementMoment.ON_REQUEST, Measurer.BUDGET_COACH
    return replace(Measurement(uuid4(), HOUSEHOLD_ID, outcome, moment, on, measurer, "zrm-2017"), **changes)


def build_step(step: PhaseOutStep, on: date, kind: ChargeKind | None = None) -> StepTaken:
    return StepTaken(HOUSEHOLD_ID, step, on, kind)


def load_policy(municipality: str) -> IndependencePolicy:
    """What a municipality chose, as in force in September 2026."""
    return derive_independence_policy(policy_in_force(municipality, date(2026, 9, 1)))
