"""Budget coaching: begun, planned and held within its term, and handed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.households import get_household, read_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import coaching, measurements
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
)
from services.ontzorgen.independence.rules.measurements import find_class
from services.ontzorgen.tasks.handlers import complete_household_tasks
from services.ontzorgen.tasks.rules import TaskKind
from shared.calendar import month_end, month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.http.requests import Caller, not_found


@dataclass(frozen=True)
class CoachingFile:
    """A household's coaching, what a month has of it, and all sessions."""

    coaching: Coaching | None
    month: CoachingMonth
    sessions: Sequence[Session]


async def start_coaching(household_id: UUID, started_on: date, tx: Transaction) -> Coaching:
    """Begin coaching for as long as the policy allows. The same twice is recorded once."""
    household = await get_household(household_id, tx)
    existing = await coaching.find_coaching(tx, household.id)
    started, is_new = begin_coaching(existing, household.id, started_on, find_policy(started_on, tx))
    if is_new:
        await coaching.add_coaching(tx, started)
    return started


async def read_coaching(household_id: UUID, month: str, reader: Caller, tx: Transaction) -> CoachingFile:
    """Return a household's coaching with its minutes in a month; the reading is logged."""
    await read_household(household_id, reader, tx)
    return CoachingFile(
        coaching=await coaching.find_coaching(tx, household_id),
        month=await _count_minutes(household_id, month, tx),
        sessions=await coaching.list_sessions(tx, household_id),
    )


async def plan_appointment(appointment: Appointment, tx: Transaction) -> Appointment:
    """Record an appointment within the month's allotment. The same twice is recorded once."""
    current = await _lock_coaching(appointment.household_id, tx)
    earlier = await coaching.find_appointment(tx, appointment.id)
    if earlier is not None:
        return require_same_content(earlier, appointment)
    month = await _count_minutes(appointment.household_id, month_of(appointment.planned_on), tx)
    check_appointment(current, appointment, month)
    await coaching.add_appointment(tx, appointment)
    return appointment


async def hold_session(session: Session, tx: Transaction) -> Session:
    """Record a session. The same twice is recorded once."""
    current = await _lock_coaching(session.household_id, tx)
    earlier = await coaching.find_session(tx, session.id)
    if earlier is not None:
        return require_same_content(earlier, session)
    check_session(current, session)
    if session.appointment_id is not None:
        appointment = await coaching.find_appointment(tx, session.appointment_id)
        if appointment is None or appointment.household_id != session.household_id:
            raise not_found("appointment")
    await coaching.add_session(tx, session)
    return session


async def hand_on(household_id: UUID, on: date, to: HandOver, tx: Transaction) -> Coaching:
    """Record that the coach handed on, which completes the task."""
    ended = end_coaching(await _lock_coaching(household_id, tx), on, to)
    await coaching.save_coaching(tx, ended)
    await complete_household_tasks(household_id, [TaskKind.COACH_TO_HAND_ON], on, tx)
    return ended


async def _lock_coaching(household_id: UUID, tx: Transaction) -> Coaching:
    await get_household(household_id, tx)
    return require_begun(await coaching.find_coaching(tx, household_id, lock=True))


async def _count_minutes(household_id: UUID, month: str, tx: Transaction) -> CoachingMonth:
    """Return the month's minutes against the allotment of the class that holds at its end."""
    last_day = month_end(month)
    measured = find_class(await measurements.list_measurements(tx, household_id), last_day)
    return count_minutes(
        month,
        allot_minutes(find_policy(last_day, tx), measured),
        await coaching.list_appointments(tx, household_id),
        await coaching.list_sessions(tx, household_id),
    )
