"""Budget coaching of a person: begun with a coach, planned and held within its term, and handed on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.household.handlers.people import find_person
from services.ontzorgen.independence.handlers.coaches import (
    find_free_coach,
    list_terms_of_person,
    record_assignment,
)
from services.ontzorgen.independence.handlers.person_tasks import complete_tasks_of_person
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import coaching, measurements
from services.ontzorgen.independence.rules.coaches import CoachTerm, check_order
from services.ontzorgen.independence.rules.coaching import (
    Appointment,
    Coaching,
    CoachingMonth,
    HandOver,
    Session,
    allot_minutes,
    begin_coaching,
    check_appointment,
    check_session,
    count_minutes,
    end_coaching,
    require_begun,
    require_open,
)
from services.ontzorgen.independence.rules.measurements import find_class, select_of_person
from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_end, month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, require_same_content
from shared.http.requests import not_found


@dataclass(frozen=True)
class CoachingFile:
    """A person's coaching, what a month has of it, all sessions, and who coached from when until when."""

    coaching: Coaching | None
    month: CoachingMonth
    sessions: Sequence[Session]
    coaches: Sequence[CoachTerm]


async def start_coaching(
    household_id: UUID, person_id: UUID | None, started_on: date, coach_id: UUID | None, tx: Transaction
) -> Coaching:
    """Begin a person's coaching for as long as the policy allows, with a coach if one is named.

    The same twice is recorded once.
    """
    household = await get_household(household_id, tx)
    person_id = await find_person(household, person_id, started_on, tx)
    existing = await coaching.find_coaching(tx, household.id, person_id, lock=True)
    policy = find_policy(started_on, tx)
    started, is_new = begin_coaching(existing, household.id, started_on, policy, person_id)
    if coach_id is not None and is_new:
        started = await find_free_coach(started, coach_id, started_on, tx)
    if is_new:
        await coaching.add_coaching(tx, started)
        await record_assignment(started, person_id, started_on, tx)
    elif coach_id not in (None, started.coach_id):
        raise ConflictError(
            "coaching_with_other_coach", "Coaching began with another coach or none: assign this coach to it."
        )
    return started


async def change_coach(
    household_id: UUID, person_id: UUID | None, coach_id: UUID, on: date, tx: Transaction
) -> Coaching:
    """Assign a coach to a person from a day on, in the place of whoever it was."""
    current = await _lock_coaching(household_id, person_id, tx)
    require_open(current, on)
    person_id = _get_person(current)
    check_order(await list_terms_of_person(household_id, person_id, tx), on)
    assigned = await find_free_coach(current, coach_id, on, tx)
    if assigned != current:
        await coaching.save_coaching(tx, assigned)
        await record_assignment(assigned, person_id, on, tx)
    return assigned


async def read_coaching(household_id: UUID, person_id: UUID | None, month: str, tx: Transaction) -> CoachingFile:
    """Return a person's coaching with its minutes in a month."""
    household = await read_household(household_id, tx)
    person_id = person_id or household.person_id
    return CoachingFile(
        coaching=await coaching.find_coaching(tx, household_id, person_id),
        month=await _count_minutes(household_id, person_id, month, tx),
        sessions=await coaching.list_sessions(tx, household_id, person_id),
        coaches=await list_terms_of_person(household_id, person_id, tx),
    )


async def plan_appointment(appointment: Appointment, tx: Transaction) -> Appointment:
    """Record an appointment within the month's allotment. The same twice is recorded once."""
    household_id, planned_on = appointment.household_id, appointment.planned_on
    current = await _lock_coaching(household_id, appointment.person_id, tx)
    appointment = replace(appointment, person_id=current.person_id)
    earlier = await coaching.find_appointment(tx, appointment.id)
    if earlier is not None:
        return require_same_content(earlier, appointment)
    month = await _count_minutes(household_id, _get_person(current), month_of(planned_on), tx)
    check_appointment(current, appointment, month)
    await coaching.add_appointment(tx, appointment)
    return appointment


async def hold_session(session: Session, tx: Transaction) -> Session:
    """Record a session. The same twice is recorded once."""
    current = await _lock_coaching(session.household_id, session.person_id, tx)
    session = replace(session, person_id=current.person_id)
    earlier = await coaching.find_session(tx, session.id)
    if earlier is not None:
        return require_same_content(earlier, session)
    check_session(current, session)
    if session.appointment_id is not None:
        appointment = await coaching.find_appointment(tx, session.appointment_id)
        of_whom = (session.household_id, session.person_id)
        if appointment is None or (appointment.household_id, appointment.person_id) != of_whom:
            raise not_found("appointment")
    await coaching.add_session(tx, session)
    return session


async def hand_on(household_id: UUID, person_id: UUID | None, on: date, to: HandOver, tx: Transaction) -> Coaching:
    """Record that the coach handed on, which completes the task."""
    household = await get_household(household_id, tx)
    ended = end_coaching(await _lock_coaching(household_id, person_id, tx), on, to)
    await coaching.save_coaching(tx, ended)
    await complete_tasks_of_person(household, _get_person(ended), [TaskKind.COACH_TO_HAND_ON], on, tx)
    return ended


def _get_person(current: Coaching) -> UUID:
    assert current.person_id is not None  # noqa: S101 - what is on record names its person
    return current.person_id


async def _lock_coaching(household_id: UUID, person_id: UUID | None, tx: Transaction) -> Coaching:
    household = await get_household(household_id, tx)
    return require_begun(await coaching.find_coaching(tx, household_id, person_id or household.person_id, lock=True))


async def _count_minutes(household_id: UUID, person_id: UUID, month: str, tx: Transaction) -> CoachingMonth:
    """Return the month's minutes against the allotment of the person's own class that holds at its end."""
    last_day = month_end(month)
    own = select_of_person(await measurements.list_measurements(tx, household_id), person_id)
    return count_minutes(
        month,
        allot_minutes(find_policy(last_day, tx), find_class(own, last_day)),
        await coaching.list_appointments(tx, household_id, person_id),
        await coaching.list_sessions(tx, household_id, person_id),
    )
