"""Deciding how relief goes on: end, phase out, extend under art. 57 with grounds, or go on after a review.

Creditors are told before relief ends; only where assistance stops or the household moves can that not be waited for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.independence.rules.independence import (
    Decision,
    IndependencePolicy,
    Measurement,
    Onward,
    class_on,
    last_extension,
)
from services.ontzorgen.independence.rules.phase_out import Creditor, CreditorTold, StepTaken, steps_open, untold
from services.ontzorgen.policies.rules.law import RELIEF_MONTHS
from shared.calendar import add_months, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any, repeated
from shared.events import EventData, PhaseOutStarted, ReliefExtended
from shared.events.codes import ExtensionGround, ReliefEndReason, SelfRelianceClass

_CAN_NOT_WAIT = (ReliefEndReason.ASSISTANCE_STOPPED, ReliefEndReason.MOVED_AWAY)


@dataclass(frozen=True)
class IndependenceFile:
    """All that decisions about a household's independence rest on. `creditors` are those of charges that still run."""

    household: Household
    measurements: Sequence[Measurement] = ()
    decisions: Sequence[Decision] = ()
    steps: Sequence[StepTaken] = ()
    told: Sequence[CreditorTold] = ()
    creditors: Sequence[Creditor] = ()

    @property
    def untold(self) -> tuple[Creditor, ...]:
        """Creditors that do not know yet; after an extension they are to be told anew."""
        extension = last_extension(self.decisions)
        return untold(self.creditors, self.told, extension.decided_on if extension else date.min)

    @property
    def phase_out(self) -> Decision | None:
        """The decision by which letting go began, if it has."""
        return next((one for one in self.decisions if one.outcome is Onward.PHASE_OUT), None)


def decide(
    file: IndependenceFile, asked: Decision, policy: IndependencePolicy
) -> tuple[Decision, tuple[EventData, ...], bool]:
    """The decision with its last day and review date, what to tell of it, and whether it is new."""
    for known in file.decisions:
        if known.id == asked.id:
            return repeated(known, asked), (), False
    _while_relief_runs(file.household, asked)
    _only_what_belongs(asked)
    match asked.outcome:
        case Onward.END:
            return _end(file, asked, policy), (), True
        case Onward.PHASE_OUT:
            return asked, _phase_out(file, asked, policy), True
        case Onward.EXTEND:
            return *_extend(file, asked, policy), True
        case Onward.CONTINUE:
            return _continue(file, asked, policy), (), True


def _while_relief_runs(household: Household, asked: Decision) -> None:
    ended_on = household.ended_on
    if ended_on is None and asked.decided_on > household.last_day:
        ended_on = household.last_day
    if ended_on is not None:
        raise ConflictError(f"Relief ended on {ended_on}: what is needed after it takes a new application.")
    if asked.decided_on < household.first_day:
        raise WrongInputError(
            Fault(
                "decided_on", "before_relief", f"Relief began on {household.first_day}: give that day or a later one."
            )
        )


def _only_what_belongs(asked: Decision) -> None:
    needs_grounds = asked.outcome in (Onward.EXTEND, Onward.CONTINUE)
    faults = []
    if needs_grounds and not asked.grounds:
        faults.append(Fault("grounds", "no_grounds", "Relief goes on only on grounds (art. 57): name at least one."))
    if asked.grounds and not needs_grounds:
        faults.append(Fault("grounds", "not_for_this", "Grounds belong to going on: leave them out here."))
    if asked.outcome is Onward.EXTEND and (asked.months or 0) < 1:
        faults.append(Fault("months", "no_months", "Say for how many months relief is extended."))
    if asked.outcome is not Onward.EXTEND and asked.months is not None:
        faults.append(Fault("months", "not_for_this", "Months belong to an extension: leave them out here."))
    if asked.outcome is not Onward.END and (asked.reason or asked.last_day):
        faults.append(Fault("reason", "not_for_this", "A reason and last day belong to an end: leave them out here."))
    refuse_if_any(faults)


def _end(file: IndependenceFile, asked: Decision, policy: IndependencePolicy) -> Decision:
    household, reason = file.household, asked.reason or ReliefEndReason.PERIOD_OVER
    last_day = asked.last_day or household.last_day
    if not household.first_day <= last_day <= household.last_day:
        between = f"Relief runs from {household.first_day} to {household.last_day}"
        raise WrongInputError(Fault("last_day", "outside_relief", f"{between}: give a day of it, or extend it first."))
    if reason not in _CAN_NOT_WAIT:
        _creditors_first(file)
    if reason is ReliefEndReason.PERIOD_OVER and last_day != household.last_day:
        raise WrongInputError(
            Fault("last_day", "not_the_period", f"The period is over on {household.last_day}: give another reason.")
        )
    if reason is ReliefEndReason.PHASED_OUT:
        _let_go(file, last_day, policy)
    return replace(asked, reason=reason, last_day=last_day)


def _creditors_first(file: IndependenceFile) -> None:
    if file.untold:
        waiting = ", ".join(sorted({creditor.creditor for creditor in file.untold}))
        raise ConflictError(f"Creditors are told before relief ends and these do not know yet: {waiting}.")


def _let_go(file: IndependenceFile, last_day: date, policy: IndependencePolicy) -> None:
    first_six = period_end(file.household.first_day, RELIEF_MONTHS)
    if last_day < first_six:
        raise ConflictError(f"The first six months are the law's (art. 56a): relief can be over from {first_six} on.")
    left = steps_open(file.steps, policy.steps, {one.kind for one in file.creditors}, last_day)
    if file.phase_out is None or left:
        what = ", ".join(left or policy.steps).replace("_", " ")
        raise ConflictError(f"Letting go still has steps to take: {what}.")


def _phase_out(file: IndependenceFile, asked: Decision, policy: IndependencePolicy) -> tuple[PhaseOutStarted]:
    if file.phase_out is not None:
        raise ConflictError(f"Letting go began on {file.phase_out.decided_on} already: take its next step.")
    return (
        PhaseOutStarted(
            household_id=file.household.id,
            person_id=file.household.person_id,
            started_on=asked.decided_on,
            steps=policy.steps,
        ),
    )


def _extend(
    file: IndependenceFile, asked: Decision, policy: IndependencePolicy
) -> tuple[Decision, tuple[ReliefExtended]]:
    household, months = file.household, asked.months or 0
    _within_the_policy(months, policy)
    _measured_again(file, asked, policy)
    last_day = period_end(household.last_day + timedelta(days=1), months)
    if household.right_until is not None and household.right_until < last_day:
        raise ConflictError(
            f"The right to assistance ends on {household.right_until}: extend relief no further than it."
        )
    review_on = min(add_months(asked.decided_on, policy.review_months), last_day)
    told = ReliefExtended(
        household_id=household.id,
        person_id=household.person_id,
        decided_on=asked.decided_on,
        last_day=last_day,
        review_on=review_on,
        grounds=asked.grounds,
    )
    return replace(asked, last_day=last_day, review_on=review_on), (told,)


def _within_the_policy(months: int, policy: IndependencePolicy) -> None:
    """At once; as long as grounds last it can be extended anew, each time on a new decision (art. 57)."""
    if months > policy.extension_months_max:
        raise ConflictError(
            f"The policy extends relief by at most {policy.extension_months_max} months at once: give fewer."
        )


def _measured_again(file: IndependenceFile, asked: Decision, policy: IndependencePolicy) -> None:
    opens_on = policy.evaluation_opens_on(file.household.last_day)
    again = [one for one in file.measurements if opens_on <= one.measured_on <= asked.decided_on]
    if policy.extension_needs_retest and not again:
        raise ConflictError(f"Self-reliance was not measured again since {opens_on}: measure it, then decide.")
    claimed = ExtensionGround.NOT_SELF_RELIANT_AT_RETEST in asked.grounds
    if claimed and class_on(file.measurements, asked.decided_on) in (None, SelfRelianceClass.SELF_RELIANT):
        raise ConflictError(
            "The last measurement does not say that the person is not self-reliant: give another ground."
        )


def _continue(file: IndependenceFile, asked: Decision, policy: IndependencePolicy) -> Decision:
    if last_extension(file.decisions) is None:
        raise ConflictError("Relief was not extended, so there are no grounds to look at again: extend it first.")
    review_on = min(add_months(asked.decided_on, policy.review_months), file.household.last_day)
    return replace(asked, review_on=review_on)
