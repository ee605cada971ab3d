"""The queries of budget coaching: its term, appointments and sessions."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.coaching import Appointment, Coaching, Session
from services.ontzorgen.independence.tables.coaching import AppointmentRow, CoachingRow, SessionRow
from shared.database.transactions import Transaction


async def add_coaching(tx: Transaction, coaching: Coaching) -> None:
    await records.add(tx, CoachingRow, coaching)


async def find_coaching(tx: Transaction, household_id: UUID, person_id: UUID, *, lock: bool = False) -> Coaching | None:
    """Return a person's coaching; None if it has not begun."""
    return await records.find(tx, CoachingRow, Coaching, household_id, person_id, lock=lock)


async def save_coaching(tx: Transaction, coaching: Coaching) -> None:
    """Write back coaching that this transaction has locked."""
    await records.save(tx, CoachingRow, coaching, coaching.household_id, coaching.person_id)


async def add_appointment(tx: Transaction, appointment: Appointment) -> None:
    await records.add(tx, AppointmentRow, appointment)


async def find_appointment(tx: Transaction, appointment_id: UUID) -> Appointment | None:
    """Return the appointment; None if there is no such appointment."""
    return await records.find(tx, AppointmentRow, Appointment, appointment_id)


async def list_appointments(tx: Transaction, household_id: UUID, person_id: UUID) -> list[Appointment]:
    return await records.list_states(tx, AppointmentRow, Appointment, household_id=household_id, person_id=person_id)


async def add_session(tx: Transaction, session: Session) -> None:
    await records.add(tx, SessionRow, session)


async def find_session(tx: Transaction, session_id: UUID) -> Session | None:
    """Return the session; None if there is no such session."""
    return await records.find(tx, SessionRow, Session, session_id)


async def list_sessions(tx: Transaction, household_id: UUID, person_id: UUID) -> list[Session]:
    return await records.list_states(tx, SessionRow, Session, household_id=household_id, person_id=person_id)
