"""Growing independent: self-reliance as it was measured, who decides on the money, and how relief goes on or ends.

Nothing here is overwritten: a measurement or decision is added, and the latest on or before a day holds on that day.
Sequences of what is known are in the order in which it was recorded, which settles what falls on one day.
The first six months are the law's (Participatiewet art. 56a); beyond them relief needs grounds (art. 57).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.policies.rules.relief import Decider, PayoutFrequency
from shared.calendar import add_months
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any, repeated
from shared.events import SelfRelianceMeasured
from shared.events.codes import (
    ChargeKind,
    ExtensionGround,
    MeasurementMoment,
    PhaseOutStep,
    ReliefEndReason,
    SelfRelianceClass,
)


class Measurer(StrEnum):
    """Who measures self-reliance, by role."""

    BUDGET_MANAGER = "budget_manager"
    BUDGET_COACH = "budget_coach"
    CASE_MANAGER = "case_manager"
    SOCIAL_GUIDE = "social_guide"


class HandOver(StrEnum):
    """Who goes on when the coach stops."""

    CASE_MANAGER = "case_manager"
    NEIGHBOURHOOD_TEAM = "neighbourhood_team"


class Onward(StrEnum):
    """What an evaluation or a review decides."""

    END = "end"
    PHASE_OUT = "phase_out"
    EXTEND = "extend"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Course:
    """A course as a municipality's policy has it; `due_months` counts from the first day of relief.

    `lessons` None: the policy leaves the number to who enrols.
    """

    code: str
    lessons: int | None
    due_months: int
    is_obligatory: bool = False


@dataclass(frozen=True)
class IndependencePolicy:
    """What a municipality chooses about growing independent. The defaults are the conventions of the domain."""

    retest_months: int = 6
    extension_needs_retest: bool = True
    extension_months_max: int = 6
    review_months: int = 6
    evaluation_weeks_before_end: int = 4
    phase_out_steps: tuple[PhaseOutStep, ...] = tuple(PhaseOutStep)
    weekly_classes: frozenset[SelfRelianceClass | None] = frozenset()
    money_decided_by: tuple[Decider, ...] = (Decider.BUDGET_MANAGER, Decider.BUDGET_COACH, Decider.PERSON)
    pay_day: int = 1
    debits_follow_benefit: bool = False
    coaching_minutes_by_class: Mapping[SelfRelianceClass, int] = field(default_factory=dict)
    coaching_months_max: int = 6
    courses: tuple[Course, ...] = ()
    providers: frozenset[str] = frozenset()
    early_signal_months: int = 0
    early_signal_kinds: frozenset[ChargeKind] = frozenset({ChargeKind.RENT, ChargeKind.ENERGY})
    creditor_first_contact: bool = False
    sounding_board: bool = False

    @property
    def steps(self) -> tuple[PhaseOutStep, ...]:
        """The steps of letting go in their order; creditors are told before anything else, whatever the policy says."""
        first = PhaseOutStep.CREDITORS_INFORMED
        return (first, *(step for step in self.phase_out_steps if step is not first))

    def evaluation_opens_on(self, last_day: date) -> date:
        return last_day - timedelta(weeks=self.evaluation_weeks_before_end)


@dataclass(frozen=True)
class Measurement:
    """Financial self-reliance as someone found it with an instrument on a day."""

    id: UUID
    household_id: UUID
    outcome: SelfRelianceClass
    moment: MeasurementMoment
    measured_on: date
    measured_by: Measurer
    instrument: str


@dataclass(frozen=True)
class MoneyDecision:
    """Weekly or monthly money from a day on, and who decided on it together."""

    id: UUID
    household_id: UUID
    rhythm: PayoutFrequency
    decided_on: date
    from_day: date
    parties: tuple[Decider, ...]


@dataclass(frozen=True)
class Decision:
    """How relief goes on. `last_day` is the last day of relief by this decision, `review_on` when to look again."""

    id: UUID
    household_id: UUID
    outcome: Onward
    decided_on: date
    grounds: tuple[ExtensionGround, ...] = ()
    months: int | None = None
    reason: ReliefEndReason | None = None
    last_day: date | None = None
    review_on: date | None = None


def measure(
    household: Household, known: Sequence[Measurement], measurement: Measurement, policy: IndependencePolicy
) -> tuple[SelfRelianceMeasured, ...]:
    """What to tell of a measurement: one fact, or nothing when the same was sent before."""
    for earlier in known:
        if earlier.id == measurement.id:
            repeated(earlier, measurement)
            return ()
    _at_its_moment(household, known, measurement, policy)
    told = SelfRelianceMeasured(
        household_id=household.id,
        person_id=household.person_id,
        outcome=measurement.outcome,
        moment=measurement.moment,
        measured_on=measurement.measured_on,
    )
    return (told,)


def _at_its_moment(
    household: Household, known: Sequence[Measurement], measurement: Measurement, policy: IndependencePolicy
) -> None:
    if any(one.measured_on == measurement.measured_on for one in known):
        raise ConflictError("Self-reliance was measured on this day already: a new measurement takes another day.")
    if measurement.moment is MeasurementMoment.START and any(one.moment is measurement.moment for one in known):
        raise ConflictError("Self-reliance was measured at the start already: record this one as asked for.")
    retest_from = policy.evaluation_opens_on(add_months(household.first_day, policy.retest_months))
    if measurement.moment is MeasurementMoment.SIX_MONTHS and measurement.measured_on < retest_from:
        raise WrongInputError(
            Fault(
                "measured_on",
                "before_the_retest",
                f"The retest of this household begins on {retest_from}: record an earlier one as asked for.",
            )
        )


def class_on(measurements: Sequence[Measurement], day: date) -> SelfRelianceClass | None:
    """The class measured last on or before a day; None when nothing was measured by then."""
    begun = sorted((one for one in measurements if one.measured_on <= day), key=lambda one: one.measured_on)
    return begun[-1].outcome if begun else None


def decide_money(known: Sequence[MoneyDecision], decision: MoneyDecision, policy: IndependencePolicy) -> bool:
    """Whether the decision is new; refused unless all whom the policy names decided together."""
    for earlier in known:
        if earlier.id == decision.id:
            repeated(earlier, decision)
            return False
    missing = [party for party in policy.money_decided_by if party not in decision.parties]
    faults = []
    if missing:
        names = ", ".join(missing).replace("_", " ")
        faults.append(
            Fault(
                "parties",
                "not_decided_together",
                f"This is decided together, and not yet by {names}: record it once all have decided.",
            )
        )
    if decision.from_day < decision.decided_on:
        faults.append(
            Fault("from_day", "before_decided", "It can not begin before it was decided: give a later first day.")
        )
    refuse_if_any(faults)
    return True


def rhythm_on(
    decisions: Sequence[MoneyDecision], day: date, measured: SelfRelianceClass | None, policy: IndependencePolicy
) -> PayoutFrequency:
    """Weekly or monthly money on a day: as decided last; before any decision as the policy has it for the class."""
    begun = sorted((one for one in decisions if one.from_day <= day), key=lambda one: one.from_day)
    if begun:
        return begun[-1].rhythm
    return PayoutFrequency.WEEKLY if measured in policy.weekly_classes else PayoutFrequency.MONTHLY


def last_extension(decisions: Sequence[Decision]) -> Decision | None:
    """The extension decided last, if there was one."""
    return next((one for one in reversed(decisions) if one.outcome is Onward.EXTEND), None)


def as_decided(household: Household, decision: Decision) -> Household:
    """The household as the decision leaves it: its last day, and why it ends there if not by the period alone."""
    if decision.last_day is None:
        return household
    reason = None if decision.reason is ReliefEndReason.PERIOD_OVER else decision.reason
    return replace(household, last_day=decision.last_day, end_reason=reason)
