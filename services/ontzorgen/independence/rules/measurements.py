"""Self-reliance (zelfredzaamheid) as it was measured. A measurement is added and never changed.

The latest on or before a day holds on that day. Sequences are in the order of recording, which settles what falls on
one day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.calendar import add_months
from shared.errors.refusals import ConflictError, Fault, WrongInputError, require_same_content
from shared.events import SelfRelianceMeasured
from shared.events.codes import MeasurementMoment, SelfRelianceClass


class Measurer(StrEnum):
    """Who measures self-reliance, by role."""

    BUDGET_MANAGER = "budget_manager"
    BUDGET_COACH = "budget_coach"
    CASE_MANAGER = "case_manager"
    SOCIAL_GUIDE = "social_guide"


@dataclass(frozen=True)
class Measurement:
    """Financial self-reliance as someone measured it with an instrument on a day."""

    id: UUID
    household_id: UUID
    outcome: SelfRelianceClass
    moment: MeasurementMoment
    measured_on: date
    measured_by: Measurer
    instrument: str


def measure(
    household: Household, measurements: Sequence[Measurement], measurement: Measurement, policy: IndependencePolicy
) -> tuple[SelfRelianceMeasured, ...]:
    """Return what a measurement publishes: one event, or none when the same was sent before."""
    for earlier in measurements:
        if earlier.id == measurement.id:
            require_same_content(earlier, measurement)
            return ()
    _check_moment(household, measurements, measurement, policy)
    event = SelfRelianceMeasured(
        household_id=household.id,
        person_id=household.person_id,
        outcome=measurement.outcome,
        moment=measurement.moment,
        measured_on=measurement.measured_on,
    )
    return (event,)


def _check_moment(
    household: Household, measurements: Sequence[Measurement], measurement: Measurement, policy: IndependencePolicy
) -> None:
    if any(earlier.measured_on == measurement.measured_on for earlier in measurements):
        raise ConflictError("Self-reliance was measured on this day already: a new measurement takes another day.")
    is_start = measurement.moment is MeasurementMoment.START
    if is_start and any(earlier.moment is measurement.moment for earlier in measurements):
        raise ConflictError("Self-reliance was measured at the start already: record this one as asked for.")
    retest_from = policy.evaluation_opens_on(add_months(household.first_day, policy.retest_months))
    if measurement.moment is MeasurementMoment.SIX_MONTHS and measurement.measured_on < retest_from:
        sentence = f"The retest of this household begins on {retest_from}: record an earlier one as asked for."
        raise WrongInputError(Fault("measured_on", "before_the_retest", sentence))


def find_class(measurements: Sequence[Measurement], day: date) -> SelfRelianceClass | None:
    """Return the class measured last on or before a day; None if nothing was measured by then."""
    until_day = [measurement for measurement in measurements if measurement.measured_on <= day]
    until_day.sort(key=lambda measurement: measurement.measured_on)
    return until_day[-1].outcome if until_day else None
