"""Budget coaching: the coach's minutes against the month's allotment, within a maximum term, and then handed on.

Each person of a household has a coaching of its own. The ladder is do together, do alone, let go (Capelle).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.ontzorgen.independence.rules.policy import IndependencePolicy
from shared.calendar import month_of, period_end
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.events.codes import SelfRelianceClass


class HandOver(StrEnum):
    """Who goes on when the coach stops."""

    CASE_MANAGER = "case_manager"
    NEIGHBOURHOOD_TEAM = "neighbourhood_team"


class Ladder(StrEnum):
    """How far someone is in doing their own money matters."""

    DO_TOGETHER = "do_together"
    DO_ALONE = "do_alone"
    LET_GO = "let_go"


@dataclass(frozen=True)
class Coaching:
    """A person's budget coaching, from its first day to the most that the policy allows, or its hand-over.

    Here and below, `person_id` None is the household's own person, before it is recorded.
    """

    household_id: UUID
    started_on: date
    last_day: date
    handed_on: date | None = None
    handed_to: HandOver | None = None
    person_id: UUID | None = None
    coach_id: UUID | None = None

    def is_open(self, on: date) -> bool:
        return self.handed_on is None and on <= self.last_day


@dataclass(frozen=True)
class Appointment:
    """Time set aside with the coach."""

    id: UUID
    household_id: UUID
    planned_on: date
    minutes: int
    person_id: UUID | None = None


@dataclass(frozen=True)
class Session:
    """Time spent with the coach; zero minutes when the person did not come."""

    id: UUID
    household_id: UUID
    held_on: date
    minutes: int
    ladder: Ladder | None = None
    appointment_id: UUID | None = None
    person_id: UUID | None = None


@dataclass(frozen=True)
class CoachingMonth:
    """A month of coaching in minutes; no allotment where the policy names none.

    Minutes held may exceed the allotment: the work was done, and it shows.
    """

    month: str
    allotted_minutes: int | None
    planned_minutes: int
    held_minutes: int

    @property
    def left_minutes(self) -> int | None:
        return None if self.allotted_minutes is None else max(0, self.allotted_minutes - self.held_minutes)


def begin_coaching(
    coaching: Coaching | None,
    household_id: UUID,
    started_on: date,
    policy: IndependencePolicy,
    person_id: UUID | None = None,
) -> tuple[Coaching, bool]:
    """Return coaching for as long as the policy allows, and whether it is new.

    ConflictError when it began on another day, or the policy has none.
    """
    if coaching is not None:
        if coaching.started_on != started_on:
            raise ConflictError(
                "coaching_already_begun", f"Coaching began on {coaching.started_on} already: go on with it."
            )
        return coaching, False
    if policy.coaching_months_max < 1:
        raise ConflictError(
            "coaching_not_in_policy", "The policy of this municipality has no coaching: enter its months there first."
        )
    last_day = period_end(started_on, policy.coaching_months_max)
    return Coaching(household_id, started_on, last_day, person_id=person_id), True


def require_begun(coaching: Coaching | None) -> Coaching:
    """Return the coaching; ConflictError if it has not begun."""
    if coaching is None:
        raise ConflictError("coaching_not_begun", "Coaching has not begun: begin it first.")
    return coaching


def require_open(coaching: Coaching, on: date) -> None:
    """Refuse another coach for a coaching that was handed on or is over."""
    _check_term(coaching, on, "from_day")


def allot_minutes(policy: IndependencePolicy, measured: SelfRelianceClass | None) -> int | None:
    """Return the coach's minutes a month; None where the policy sets no bound.

    Someone not yet measured gets what the least self-reliant get, rather than nothing.
    """
    if not policy.coaching_minutes_by_class:
        return None
    return policy.coaching_minutes_by_class.get(measured or SelfRelianceClass.NOT_SELF_RELIANT, 0)


def count_minutes(
    month: str, allotted_minutes: int | None, appointments: Iterable[Appointment], sessions: Iterable[Session]
) -> CoachingMonth:
    """Return what was set aside and what was spent; an appointment with a session counts as that session."""
    sessions = list(sessions)
    settled_ids = {session.appointment_id for session in sessions}
    planned_minutes = sum(
        appointment.minutes
        for appointment in appointments
        if month_of(appointment.planned_on) == month and appointment.id not in settled_ids
    )
    held_minutes = sum(session.minutes for session in sessions if month_of(session.held_on) == month)
    return CoachingMonth(month, allotted_minutes, planned_minutes, held_minutes)


def check_appointment(coaching: Coaching, appointment: Appointment, month: CoachingMonth) -> None:
    """Refuse an appointment outside the coaching's term and beyond what the month has left."""
    _check_term(coaching, appointment.planned_on, "planned_on")
    if month.left_minutes is None:
        return
    free_minutes = month.left_minutes - month.planned_minutes
    if appointment.minutes > free_minutes:
        raise ConflictError(
            "coaching_minutes_used",
            f"The coach has {max(0, free_minutes)} of {month.allotted_minutes} minutes left in this month: "
            "plan a shorter talk, or another month.",
        )


def check_session(coaching: Coaching, session: Session) -> None:
    """Refuse a session outside the coaching's term, and time spent without saying how it was spent."""
    _check_term(coaching, session.held_on, "held_on")
    if (session.minutes > 0) != (session.ladder is not None):
        sentence = "Say with the minutes whether it was done together, done alone or let go; no minutes, no ladder."
        raise WrongInputError(Fault("ladder", "ladder_with_minutes", sentence))


def _check_term(coaching: Coaching, day: date, field: str) -> None:
    if coaching.handed_on is not None and day > coaching.handed_on:
        recipient = (coaching.handed_to or HandOver.CASE_MANAGER).replace("_", " ")
        raise ConflictError(
            "coaching_handed_on", f"The coach handed on to the {recipient} on {coaching.handed_on}: turn to them."
        )
    if not coaching.started_on <= day <= coaching.last_day:
        sentence = f"Coaching runs from {coaching.started_on} to {coaching.last_day}: give a day of it, or hand on."
        raise WrongInputError(Fault(field, "outside_coaching", sentence))


def end_coaching(coaching: Coaching, on: date, to: HandOver) -> Coaching:
    """Return the coaching, handed on; the same again changes nothing."""
    if (coaching.handed_on, coaching.handed_to) not in ((None, None), (on, to)):
        raise ConflictError(
            "coaching_handed_on", f"The coach handed on already, on {coaching.handed_on}: nothing is left to hand on."
        )
    if on < coaching.started_on:
        sentence = f"Coaching began on {coaching.started_on}: give that day or a later one."
        raise WrongInputError(Fault("handed_on", "before_coaching", sentence))
    return replace(coaching, handed_on=on, handed_to=to)
