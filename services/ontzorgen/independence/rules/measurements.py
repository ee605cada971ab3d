"""Self-reliance (zelfredzaamheid) as it was measured, person by person. A measurement is added and never changed.

The latest on or before a day holds on that day. Sequences are in the order of recording, which settles what falls on
one day. A household is as self-reliant as the one of the couple who manages least, of those who were measured: its
charges and money are theirs together. Adult children at home have money of their own and do not count in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.guidance import PersonRole
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
    """Financial self-reliance of a person, as someone measured it with an instrument on a day.

    `person_id` None, before it is recorded: the household's own person.
    """

    id: UUID
    household_id: UUID
    outcome: SelfRelianceClass
    moment: MeasurementMoment
    measured_on: date
    measured_by: Measurer
    instrument: str
    person_id: UUID | None = None


def measure(
    household: Household,
    measurements: Sequence[Measurement],
    measurement: Measurement,
    policy: IndependencePolicy,
    first_day: date | None = None,
) -> tuple[SelfRelianceMeasured, ...]:
    """Return what a measurement publishes: one event, or none when the same was sent before.

    `first_day` is when relief began for this person; None: with the household's.
    """
    for earlier in measurements:
        if earlier.id == measurement.id:
            require_same_content(earlier, measurement)
            return ()
    of_person = select_of_person(measurements, measurement.person_id)
    _check_moment(of_person, measurement, policy.retest_opens_on(first_day or household.first_day))
    event = SelfRelianceMeasured(
        household_id=household.id,
        person_id=measurement.person_id or household.person_id,
        outcome=measurement.outcome,
        moment=measurement.moment,
        measured_on=measurement.measured_on,
    )
    return (event,)


def _check_moment(measurements: Sequence[Measurement], measurement: Measurement, retest_from: date) -> None:
    if any(earlier.measured_on == measurement.measured_on for earlier in measurements):
        raise ConflictError(
            "already_measured", "This person was measured on this day already: a new measurement takes another day."
        )
    is_start = measurement.moment is MeasurementMoment.START
    if is_start and any(earlier.moment is measurement.moment for earlier in measurements):
        raise ConflictError(
            "already_measured_at_start", "This person was measured at the start already: record this one as asked for."
        )
    if measurement.moment is MeasurementMoment.SIX_MONTHS and measurement.measured_on < retest_from:
        sentence = f"The retest of this person begins on {retest_from}: record an earlier one as asked for."
        raise WrongInputError(Fault("measured_on", "before_the_retest", sentence))


def select_of_person(measurements: Sequence[Measurement], person_id: UUID | None) -> list[Measurement]:
    """Return the measurements of one person, in the order of recording."""
    return [measurement for measurement in measurements if measurement.person_id == person_id]


def find_household_class(
    measurements: Sequence[Measurement], others: Sequence[HouseholdPerson], day: date
) -> SelfRelianceClass | None:
    """Return the class of whoever of the couple manages least on a day; None if neither was measured by then.

    `others` are the people beside the household's own person. A partner counts while living there.
    """
    partners = {other.person_id for other in others if other.role is PersonRole.PARTNER and other.lives_there(day)}
    without_effect = {other.person_id for other in others} - partners
    counted = (measurement for measurement in measurements if measurement.person_id not in without_effect)
    by_person: dict[UUID | None, list[Measurement]] = {}
    for measurement in counted:
        by_person.setdefault(measurement.person_id, []).append(measurement)
    classes = [measured for own in by_person.values() if (measured := find_class(own, day)) is not None]
    return min(classes, key=list(SelfRelianceClass).index, default=None)


def find_class(measurements: Sequence[Measurement], day: date) -> SelfRelianceClass | None:
    """Return the class in which one person was measured last on or before a day; None if nothing was by then."""
    until_day = [measurement for measurement in measurements if measurement.measured_on <= day]
    until_day.sort(key=lambda measurement: measurement.measured_on)
    return until_day[-1].outcome if until_day else None
