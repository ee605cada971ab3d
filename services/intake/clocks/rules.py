"""The clocks that the law sets: when a term begins, its last day, and when it is missed."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from shared.events import DeadlineMissed
from shared.events.codes import DeadlineKind

PIP_WEEKS_MAX = ((date(2022, 1, 1), 10),)
"""Weeks within which the plan must be set, from which first day (Bi 5.3(1)). Law, so no municipality's choice."""


@dataclass(frozen=True)
class Clock:
    """A term of one person. Once it has ended, or its miss was published, it can no longer be missed."""

    person_id: UUID
    deadline: DeadlineKind
    due_on: date | None
    has_ended: bool
    missed_on: date | None


def pip_due_on(obligation_notified_on: date | None, registered_on: date | None) -> date | None:
    """Return the last day on which the plan is in time; None while the clock has not begun.

    It begins on the later of DUO's written notice and the registration in the BRP of the municipality.
    """
    if obligation_notified_on is None or registered_on is None:
        return None
    begins_on = max(obligation_notified_on, registered_on)
    weeks = next((weeks for since, weeks in reversed(PIP_WEEKS_MAX) if since <= begins_on), PIP_WEEKS_MAX[0][1])
    return begins_on + timedelta(weeks=weeks)


def miss_deadline(clock: Clock, today: date) -> DeadlineMissed | None:
    """Return the event that a term was missed, once: from the day after its last day; None if there is none."""
    if clock.due_on is None or clock.due_on >= today or clock.has_ended or clock.missed_on is not None:
        return None
    return DeadlineMissed(person_id=clock.person_id, deadline=clock.deadline, due_on=clock.due_on)
