"""A newcomer's file and its legal clock: opened, notified, invited, closed, and told when the plan is late."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.intake.domain.codes import FileState
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any
from shared.events import CandidateRecruited, DeadlineMissed, FileOpened, IntakeScheduled
from shared.events.codes import DeadlineKind, TargetGroup

PIP_WEEKS_MAX = ((date(2022, 1, 1), 10),)
"""Weeks within which the plan must be set, from which first day (Bi 5.3(1)). Law, so no municipality's choice."""


@dataclass(frozen=True)
class Newcomer:
    """Someone's file. `obligation_notified_on` is the day of DUO's written notice, `registered_on` of the BRP here."""

    id: UUID
    target_group: TargetGroup
    language: str
    opened_on: date
    registered_on: date | None = None
    obligation_notified_on: date | None = None
    talk_planned_on: date | None = None
    intake_completed_on: date | None = None
    plan_signed_on: date | None = None
    pip_missed_on: date | None = None
    closed_on: date | None = None

    @property
    def is_obligated(self) -> bool:
        return self.target_group is not TargetGroup.VOLUNTARY

    @property
    def pip_due_on(self) -> date | None:
        """Last day on which the plan is in time; None while the clock has not begun, and always for volunteers."""
        if not self.is_obligated or self.obligation_notified_on is None or self.registered_on is None:
            return None
        begins = max(self.obligation_notified_on, self.registered_on)
        weeks = next((weeks for since, weeks in reversed(PIP_WEEKS_MAX) if since <= begins), PIP_WEEKS_MAX[0][1])
        return begins + timedelta(weeks=weeks)

    @property
    def state(self) -> FileState:
        steps = (
            (FileState.CLOSED, self.closed_on),
            (FileState.PLAN_SIGNED, self.plan_signed_on),
            (FileState.INTAKE_COMPLETED, self.intake_completed_on),
            (FileState.INTAKE_PLANNED, self.talk_planned_on),
        )
        return next((state for state, day in steps if day is not None), FileState.OPENED)


def open_file(newcomer: Newcomer) -> tuple[Newcomer, FileOpened]:
    """Open a file at the desk. Only someone with an obligation has a notice."""
    refuse_if_any(_notice_faults(newcomer, newcomer.registered_on, newcomer.obligation_notified_on))
    return newcomer, FileOpened(
        person_id=newcomer.id,
        target_group=newcomer.target_group,
        language=newcomer.language,
        opened_on=newcomer.opened_on,
    )


def file_for(candidate: CandidateRecruited) -> Newcomer:
    """The file that a registration by an ambassador leads to."""
    return Newcomer(candidate.person_id, candidate.target_group, candidate.language, candidate.recruited_on)


def notify(newcomer: Newcomer, registered_on: date | None, obligation_notified_on: date | None) -> Newcomer:
    """Put DUO's notice, the registration in the BRP, or both on record; a day once given stays as it is."""
    refuse_if_closed(newcomer)
    refuse_if_any(_notice_faults(newcomer, registered_on, obligation_notified_on))
    _refuse_other_day(newcomer.registered_on, registered_on)
    _refuse_other_day(newcomer.obligation_notified_on, obligation_notified_on)
    return replace(
        newcomer,
        registered_on=registered_on or newcomer.registered_on,
        obligation_notified_on=obligation_notified_on or newcomer.obligation_notified_on,
    )


def schedule_talk(newcomer: Newcomer, planned_on: date) -> tuple[Newcomer, tuple[IntakeScheduled, ...]]:
    """Plan the talk, or another day for it; planning the same day again tells nothing new."""
    refuse_if_closed(newcomer)
    if newcomer.talk_planned_on == planned_on:
        return newcomer, ()
    if newcomer.intake_completed_on is not None:
        raise ConflictError(f"The intake was completed on {newcomer.intake_completed_on}: no talk is left to plan.")
    refuse_before(planned_on, newcomer.opened_on, "planned_on", "the file was opened")
    told = IntakeScheduled(person_id=newcomer.id, planned_on=planned_on)
    return replace(newcomer, talk_planned_on=planned_on), (told,)


def close_after_withdrawal(newcomer: Newcomer, withdrawn_on: date) -> Newcomer:
    """A withdrawn candidate's file closes, unless it no longer rests on consent: a plan, or a known obligation."""
    rests_on_law = newcomer.is_obligated and newcomer.obligation_notified_on is not None
    if newcomer.plan_signed_on is not None or rests_on_law:
        return newcomer
    return replace(newcomer, closed_on=newcomer.closed_on or withdrawn_on)


def miss_deadline(newcomer: Newcomer, today: date) -> tuple[Newcomer, tuple[DeadlineMissed, ...]]:
    """Tell once that the plan is late: from the day after the last day, while there is no signed plan."""
    due_on = newcomer.pip_due_on
    ended = newcomer.plan_signed_on is not None or newcomer.closed_on is not None
    if due_on is None or due_on >= today or ended or newcomer.pip_missed_on is not None:
        return newcomer, ()
    told = DeadlineMissed(person_id=newcomer.id, deadline=DeadlineKind.PIP, due_on=due_on)
    return replace(newcomer, pip_missed_on=today), (told,)


def refuse_if_closed(newcomer: Newcomer) -> None:
    if newcomer.closed_on is not None:
        raise ConflictError(f"This file was closed on {newcomer.closed_on}: open a new one to go on.")


def refuse_before(day: date, earliest: date, field: str, because: str) -> None:
    """WrongInputError when a day comes before what it follows from."""
    if day < earliest:
        sentence = f"This day comes before {earliest}, when {because}: give that day or a later one."
        raise WrongInputError(Fault(field, "too_early", sentence))


def _notice_faults(newcomer: Newcomer, registered_on: date | None, notified_on: date | None) -> list[Fault]:
    if newcomer.is_obligated:
        return []
    sentence = "A voluntary newcomer has no obligation and no term: leave this out, or correct the target group."
    given = {"registered_on": registered_on, "obligation_notified_on": notified_on}
    return [Fault(field, "not_obligated", sentence) for field, day in given.items() if day is not None]


def _refuse_other_day(on_record: date | None, given: date | None) -> None:
    if None not in (on_record, given) and on_record != given:
        raise ConflictError(f"The day on record is {on_record}: it can not be changed, since the term hangs on it.")
