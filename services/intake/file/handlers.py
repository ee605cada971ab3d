"""What is done with files, one function per command or event: load, decide, save, emit."""

from datetime import date
from uuid import UUID

from services.intake.clocks.rules import miss_deadline
from services.intake.file import repository, rules
from services.intake.file.rules import Newcomer
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content
from shared.events import CandidateRecruited, CandidateWithdrawn, DayStarted
from shared.http.requests import require_found
from shared.messaging import DONE, HoldReason, Outcome, Received, Retry

LATE_FILES_CHUNK_MAX = 500


async def open_file(newcomer: Newcomer, tx: Transaction) -> Newcomer:
    opened = rules.open_file(newcomer)
    if not await repository.add_newcomer(tx, newcomer):
        return require_same_content(await get_newcomer(newcomer.id, tx), newcomer)
    tx.emit(opened)
    return newcomer


async def record_notice(
    person_id: UUID, registered_on: date | None, obligation_notified_on: date | None, tx: Transaction
) -> Newcomer:
    newcomer = await get_newcomer(person_id, tx, lock=True)
    newcomer = rules.record_notice(newcomer, registered_on, obligation_notified_on)
    await repository.save_newcomer(tx, newcomer)
    return newcomer


async def get_newcomer(person_id: UUID, tx: Transaction, *, lock: bool = False) -> Newcomer:
    """Return someone's file, or raise the 404 problem; with `lock` it cannot change until this transaction ends."""
    return require_found(await repository.find_newcomer(tx, person_id, lock=lock), "newcomer")


async def save_newcomer(newcomer: Newcomer, tx: Transaction) -> None:
    """Save a file that this transaction has locked."""
    await repository.save_newcomer(tx, newcomer)


async def on_candidate_recruited(received: Received[CandidateRecruited], tx: Transaction) -> Outcome:
    """Open a file for someone who was recruited. A person who has one already keeps it."""
    newcomer = rules.create_file(received.data)
    opened = rules.open_file(newcomer)
    if await repository.add_newcomer(tx, newcomer):
        tx.emit(opened)
    return DONE


async def on_candidate_withdrawn(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    newcomer = await repository.find_newcomer(tx, received.data.person_id, lock=True)
    if newcomer is None:
        return Retry(HoldReason.NOT_YET_KNOWN, "The candidate is not registered here yet.")
    await repository.save_newcomer(tx, rules.close_after_withdrawal(newcomer, received.data.withdrawn_on))
    return DONE


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """Publish every plan that is late, once; in chunks, so that a bad year needs no more memory than a good one."""
    today = received.data.date
    while late := await repository.lock_late_files(tx, today, LATE_FILES_CHUNK_MAX):
        missed = [fact for newcomer in late if (fact := miss_deadline(newcomer.pip_clock, today)) is not None]
        tx.emit(*missed)
        await repository.record_missed(tx, [newcomer.id for newcomer in late], today)
    return DONE
