"""Deciding how relief goes on: end, phase out, extend under art. 57 with grounds, or go on after a review.

The first six months are the law's (Participatiewet art. 56a); beyond them relief needs grounds (art. 57). Creditors are
informed before relief ends; only where assistance stops or the household moves that cannot be waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.people import HouseholdPerson
from services.ontzorgen.independence.rules.measurements import Measurement, find_household_class
from services.ontzorgen.independence.rules.phase_out import (
    Creditor,
    InformedCreditor,
    StepTaken,
    list_open_steps,
    select_uninformed,
)
from services.ontzorgen.independence.rules.policy import IndependencePolicy
from services.ontzorgen.policies.rules.guidance import PersonRole
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from shared.calendar import add_months, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any, require_same_content
from shared.events import EventData, PhaseOutStarted, ReliefExtended
from shared.events.codes import ExtensionGround, ReliefEndReason, SelfRelianceClass

_CANNOT_WAIT = (ReliefEndReason.ASSISTANCE_STOPPED, ReliefEndReason.MOVED_AWAY)


class EvaluationOutcome(StrEnum):
    """What an evaluation or a review decides."""

    END = "end"
    PHASE_OUT = "phase_out"
    EXTEND = "extend"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Evaluation:
    """An evaluation of one last day that a household's relief has or had."""

    household_id: UUID
    last_day: date
    opened_on: date


@dataclass(frozen=True)
class ReliefDecision:
    """How relief goes on. `last_day` is the last day of relief by this decision, `review_on` when to look again."""

    id: UUID
    household_id: UUID
    outcome: EvaluationOutcome
    decided_on: date
    grounds: tuple[ExtensionGround, ...] = ()
    months: int | None = None
    reason: ReliefEndReason | None = None
    last_day: date | None = None
    review_on: date | None = None


@dataclass(frozen=True)
class IndependenceFile:
    """All that decisions about a household's independence follow from. `creditors` are those of running charges."""

    household: Household
    measurements: Sequence[Measurement] = ()
    decisions: Sequence[ReliefDecision] = ()
    steps: Sequence[StepTaken] = ()
    informed: Sequence[InformedCreditor] = ()
    creditors: Sequence[Creditor] = ()
    others: Sequence[HouseholdPerson] = ()

    def find_class(self, day: date) -> SelfRelianceClass | None:
        return find_household_class(self.measurements, self.others, day)

    @property
    def uninformed(self) -> tuple[Creditor, ...]:
        """Creditors that do not know yet; after an extension they are to be informed again."""
        extension = find_last_extension(self.decisions)
        return select_uninformed(self.creditors, self.informed, extension.decided_on if extension else date.min)

    @property
    def phase_out_on(self) -> date | None:
        """The day on which the phase-out was decided on, if it was."""
        outcome = EvaluationOutcome.PHASE_OUT
        return next((decision.decided_on for decision in self.decisions if decision.outcome is outcome), None)


def decide_evaluation(
    file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy
) -> tuple[ReliefDecision, tuple[EventData, ...], bool]:
    """Return the decision with its last day and review date, what it publishes, and whether it is new."""
    for earlier in file.decisions:
        if earlier.id == decision.id:
            return require_same_content(earlier, decision), (), False
    _check_relief_runs(file.household, decision)
    _check_fields(decision)
    match decision.outcome:
        case EvaluationOutcome.END:
            return _end(file, decision, policy), (), True
        case EvaluationOutcome.PHASE_OUT:
            return decision, _phase_out(file, decision, policy), True
        case EvaluationOutcome.EXTEND:
            return *_extend(file, decision, policy), True
        case EvaluationOutcome.CONTINUE:
            return _continue(file, decision, policy), (), True


def find_last_extension(decisions: Sequence[ReliefDecision]) -> ReliefDecision | None:
    """Return the extension decided last; None if there was none."""
    extensions = (decision for decision in reversed(decisions) if decision.outcome is EvaluationOutcome.EXTEND)
    return next(extensions, None)


def apply_decision(household: Household, decision: ReliefDecision) -> Household:
    """Return the household as the decision leaves it: its last day, and why it ends there if not by the period."""
    if decision.last_day is None:
        return household
    reason = None if decision.reason is ReliefEndReason.PERIOD_OVER else decision.reason
    return replace(household, last_day=decision.last_day, end_reason=reason)


def _check_relief_runs(household: Household, decision: ReliefDecision) -> None:
    ended_on = household.ended_on
    if ended_on is None and decision.decided_on > household.last_day:
        ended_on = household.last_day
    if ended_on is not None:
        raise ConflictError(
            "relief_ended", f"Relief ended on {ended_on}: what is needed after it takes a new application."
        )
    if decision.decided_on < household.first_day:
        sentence = f"Relief began on {household.first_day}: give that day or a later one."
        raise WrongInputError(Fault("decided_on", "before_relief", sentence))


def _check_fields(decision: ReliefDecision) -> None:
    outcome = decision.outcome
    needs_grounds = outcome in (EvaluationOutcome.EXTEND, EvaluationOutcome.CONTINUE)
    faults = []
    if needs_grounds and not decision.grounds:
        faults.append(Fault("grounds", "no_grounds", "Relief goes on only on grounds (art. 57): name at least one."))
    if decision.grounds and not needs_grounds:
        faults.append(Fault("grounds", "not_for_this", "Grounds belong to going on: leave them out here."))
    if outcome is EvaluationOutcome.EXTEND and (decision.months or 0) < 1:
        faults.append(Fault("months", "no_months", "Say for how many months relief is extended."))
    if outcome is not EvaluationOutcome.EXTEND and decision.months is not None:
        faults.append(Fault("months", "not_for_this", "Months belong to an extension: leave them out here."))
    if outcome is not EvaluationOutcome.END and (decision.reason or decision.last_day):
        faults.append(Fault("reason", "not_for_this", "A reason and last day belong to an end: leave them out here."))
    refuse_if_any(faults)


def _end(file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy) -> ReliefDecision:
    household, reason = file.household, decision.reason or ReliefEndReason.PERIOD_OVER
    last_day = decision.last_day or household.last_day
    if not household.first_day <= last_day <= household.last_day:
        between = f"Relief runs from {household.first_day} to {household.last_day}"
        raise WrongInputError(Fault("last_day", "outside_relief", f"{between}: give a day of it, or extend it first."))
    if reason not in _CANNOT_WAIT:
        _check_creditors_informed(file)
    if reason is ReliefEndReason.PERIOD_OVER and last_day != household.last_day:
        sentence = f"The period is over on {household.last_day}: give another reason."
        raise WrongInputError(Fault("last_day", "not_the_period", sentence))
    if reason is ReliefEndReason.PHASED_OUT:
        _check_phased_out(file, last_day, policy)
    return replace(decision, reason=reason, last_day=last_day)


def _check_creditors_informed(file: IndependenceFile) -> None:
    if file.uninformed:
        codes = ", ".join(sorted({creditor.creditor for creditor in file.uninformed}))
        raise ConflictError(
            "creditors_not_informed", f"Creditors are informed before relief ends and these do not know yet: {codes}."
        )


def _check_phased_out(file: IndependenceFile, last_day: date, policy: IndependencePolicy) -> None:
    first_six_months = period_end(file.household.first_day, RELIEF_MONTHS)
    if last_day < first_six_months:
        raise ConflictError(
            "first_six_months",
            f"The first six months are the law's (art. 56a): relief can be over from {first_six_months} on.",
        )
    kinds = {creditor.kind for creditor in file.creditors}
    open_steps = list_open_steps(file.steps, policy.steps, kinds, last_day)
    if file.phase_out_on is None or open_steps:
        names = ", ".join(open_steps or policy.steps).replace("_", " ")
        raise ConflictError("steps_left_to_take", f"Letting go still has steps to take: {names}.")


def _phase_out(file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy) -> tuple[PhaseOutStarted]:
    if file.phase_out_on is not None:
        raise ConflictError(
            "letting_go_already_begun", f"Letting go began on {file.phase_out_on} already: take its next step."
        )
    return (
        PhaseOutStarted(
            household_id=file.household.id,
            person_id=file.household.person_id,
            started_on=decision.decided_on,
            steps=policy.steps,
        ),
    )


def _extend(
    file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy
) -> tuple[ReliefDecision, tuple[ReliefExtended]]:
    household, months = file.household, decision.months or 0
    _check_months(months, policy)
    _check_measured_again(file, decision, policy)
    last_day = period_end(household.last_day + timedelta(days=1), months)
    if household.right_until is not None and household.right_until < last_day:
        raise ConflictError(
            "beyond_right",
            f"The right to assistance ends on {household.right_until}: extend relief no further than it.",
        )
    review_on = min(add_months(decision.decided_on, policy.review_months), last_day)
    event = ReliefExtended(
        household_id=household.id,
        person_id=household.person_id,
        decided_on=decision.decided_on,
        last_day=last_day,
        review_on=review_on,
        grounds=decision.grounds,
    )
    return replace(decision, last_day=last_day, review_on=review_on), (event,)


def _check_months(months: int, policy: IndependencePolicy) -> None:
    """At once; as long as grounds last relief can be extended again, each time on a new decision (art. 57)."""
    if months > policy.extension_months_max:
        raise ConflictError(
            "extension_too_long",
            f"The policy extends relief by at most {policy.extension_months_max} months at once: give fewer.",
        )


def _check_measured_again(file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy) -> None:
    opens_on = policy.evaluation_opens_on(file.household.last_day)
    if policy.extension_needs_retest:
        _require_retest(file, decision, opens_on)
    is_retest_ground = ExtensionGround.NOT_SELF_RELIANT_AT_RETEST in decision.grounds
    measured = file.find_class(decision.decided_on)
    if is_retest_ground and measured in (None, SelfRelianceClass.SELF_RELIANT):
        raise ConflictError(
            "ground_not_measured",
            "The last measurement does not say that the person is not self-reliant: give another ground.",
        )


def _require_retest(file: IndependenceFile, decision: ReliefDecision, opens_on: date) -> None:
    """Refuse before the own person was measured again, and the partner who was measured before."""
    own_id = file.household.person_id
    measured = {measurement.person_id or own_id for measurement in file.measurements}
    again = {
        measurement.person_id or own_id
        for measurement in file.measurements
        if opens_on <= measurement.measured_on <= decision.decided_on
    }
    partners = {other.person_id for other in file.others if other.role is PersonRole.PARTNER}
    if own_id not in again:
        raise ConflictError(
            "not_measured_again", f"Self-reliance was not measured again since {opens_on}: measure it, then decide."
        )
    if (partners & measured) - again:
        raise ConflictError(
            "partner_not_measured_again",
            f"The partner was not measured again since {opens_on}: measure that too, then decide.",
        )


def _continue(file: IndependenceFile, decision: ReliefDecision, policy: IndependencePolicy) -> ReliefDecision:
    if find_last_extension(file.decisions) is None:
        raise ConflictError(
            "relief_not_extended", "Relief was not extended, so there are no grounds to look at again: extend it first."
        )
    review_on = min(add_months(decision.decided_on, policy.review_months), file.household.last_day)
    return replace(decision, review_on=review_on)
