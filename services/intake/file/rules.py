"""A newcomer's file: opened, given its notices, closed, and how far the person is.

Every rule takes the state and a fact and returns the new state and the events to publish, or refuses with a sentence
that says how to fix it.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.intake.clocks.rules import Clock, pip_due_on
from shared.errors.refusals import ConflictError, Fault, WrongInputError, refuse_if_any
from shared.events import CandidateRecruited, FileOpened
from shared.events.codes import DeadlineKind, TargetGroup


class FileState(StrEnum):
    """How far the person is."""

    OPENED = "opened"
    INTAKE_PLANNED = "intake_planned"
    INTAKE_COMPLETED = "intake_completed"
    PLAN_SIGNED = "plan_signed"
    CLOSED = "closed"


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
        return pip_due_on(self.obligation_notified_on, self.registered_on) if self.is_obligated else None

    @property
    def pip_clock(self) -> Clock:
        """The term of the plan; it ends with the signature, or with the file."""
        return Clock(
            person_id=self.id,
            deadline=DeadlineKind.PIP,
            due_on=self.pip_due_on,
            has_ended=self.plan_signed_on is not None or self.closed_on is not None,
            missed_on=self.pip_missed_on,
        )

    @property
    def state(self) -> FileState:
        steps = (
            (FileState.CLOSED, self.closed_on),
            (FileState.PLAN_SIGNED, self.plan_signed_on),
            (FileState.INTAKE_COMPLETED, self.intake_completed_on),
            (FileState.INTAKE_PLANNED, self.talk_planned_on),
        )
        return next((state for state, day in steps if day is not None), FileState.OPENED)


def open_file(newcomer: Newcomer) -> FileOpened:
    """Open a file at the desk. Only someone with an obligation has a notice."""
    refuse_if_any(_notice_faults(newcomer, newcomer.registered_on, newcomer.obligation_notified_on))
    return FileOpened(
        person_id=newcomer.id,
        target_group=newcomer.target_group,
        language=newcomer.language,
        opened_on=newcomer.opened_on,
    )


def create_file(candidate: CandidateRecruited) -> Newcomer:
    """Return the file that a registration by an ambassador leads to."""
    return Newcomer(candidate.person_id, candidate.target_group, candidate.language, candidate.recruited_on)


def record_notice(newcomer: Newcomer, registered_on: date | None, obligation_notified_on: date | None) -> Newcomer:
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


def close_after_withdrawal(newcomer: Newcomer, withdrawn_on: date) -> Newcomer:
    """Close a withdrawn candidate's file, unless it no longer rests on consent: a plan, or a known obligation."""
    rests_on_law = newcomer.is_obligated and newcomer.obligation_notified_on is not None
    if newcomer.plan_signed_on is not None or rests_on_law:
        return newcomer
    return replace(newcomer, closed_on=newcomer.closed_on or withdrawn_on)


def refuse_if_closed(newcomer: Newcomer) -> None:
    """Raise ConflictError if the file is closed."""
    if newcomer.closed_on is not None:
        raise ConflictError("file_closed", f"This file was closed on {newcomer.closed_on}: open a new one to go on.")


def refuse_before(day: date, earliest: date, field: str, because: str) -> None:
    """Raise WrongInputError if a day comes before what it follows from."""
    if day < earliest:
        sentence = f"This day comes before {earliest}, when {because}: give that day or a later one."
        raise WrongInputError(Fault(field, "too_early", sentence))


def _notice_faults(newcomer: Newcomer, registered_on: date | None, notified_on: date | None) -> list[Fault]:
    if newcomer.is_obligated:
        return []
    sentence = "A voluntary newcomer has no obligation and no term: leave this out, or correct the target group."
    days = {"registered_on": registered_on, "obligation_notified_on": notified_on}
    return [Fault(field, "not_obligated", sentence) for field, day in days.items() if day is not None]


def _refuse_other_day(on_record: date | None, day: date | None) -> None:
    if None not in (on_record, day) and on_record != day:
        raise ConflictError(
            "day_already_recorded",
            f"The day on record is {on_record}: it cannot be changed, since the term follows from it.",
        )
