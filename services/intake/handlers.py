"""What intake does, one function per command or event: load, decide, save, emit."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.intake import domain, metrics, repository
from services.intake.domain import BroadIntake, Completion, Newcomer, Part, Plan
from services.intake.policies import policy_in_force
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, repeated
from shared.events import CandidateRecruited, CandidateWithdrawn, DayStarted
from shared.events.codes import DeadlineKind
from shared.http.requests import Caller, not_found
from shared.messaging import DONE, HoldReason, Outcome, Received, Retry

LATE_FILES_CHUNK_MAX = 500


@dataclass(frozen=True)
class File:
    """Everything that is on record of one person, and the parts of the intake still to be recorded."""

    newcomer: Newcomer
    intake: BroadIntake
    missing_parts: tuple[Part, ...]
    plans: list[Plan]


async def open_file(newcomer: Newcomer, tx: Transaction) -> Newcomer:
    newcomer, opened = domain.open_file(newcomer)
    if not await repository.add_newcomer(tx, newcomer):
        return repeated(await _newcomer(tx, newcomer.id), newcomer)
    tx.emit(opened)
    count_on_commit(tx, metrics.FILES_OPENED.labels(newcomer.target_group).inc)
    return newcomer


async def notify_obligation(
    person_id: UUID, registered_on: date | None, obligation_notified_on: date | None, tx: Transaction
) -> Newcomer:
    newcomer = domain.notify(await _newcomer(tx, person_id, lock=True), registered_on, obligation_notified_on)
    await repository.save_newcomer(tx, newcomer)
    return newcomer


async def schedule_talk(person_id: UUID, planned_on: date, tx: Transaction) -> Newcomer:
    newcomer, scheduled = domain.schedule_talk(await _newcomer(tx, person_id, lock=True), planned_on)
    await repository.save_newcomer(tx, newcomer)
    tx.emit(*scheduled)
    return newcomer


async def record_parts(given: BroadIntake, tx: Transaction) -> tuple[BroadIntake, tuple[Part, ...]]:
    newcomer = await _newcomer(tx, given.person_id, lock=True)
    intake = domain.record_parts(newcomer, await repository.broad_intake(tx, newcomer.id), given)
    await repository.save_intake(tx, intake)
    return intake, _missing(tx, newcomer, intake)


async def complete_intake(person_id: UUID, completion: Completion, tx: Transaction) -> BroadIntake:
    policy = policy_in_force(tx.municipality, completion.completed_on)
    newcomer = await _newcomer(tx, person_id, lock=True)
    newcomer, intake, completed = domain.complete_intake(
        newcomer,
        await repository.broad_intake(tx, person_id),
        completion,
        voluntary_parts=policy.voluntary_parts,
        education_schooling_min=policy.education_schooling_min,
    )
    await repository.save_newcomer(tx, newcomer)
    await repository.save_intake(tx, intake)
    tx.emit(*completed)
    for fact in completed:
        count_on_commit(tx, metrics.INTAKES_COMPLETED.labels(fact.advised_route).inc)
    return intake


async def draft_plan(plan: Plan, tx: Transaction) -> Plan:
    newcomer = await _newcomer(tx, plan.person_id, lock=True)
    existing = await repository.plan(tx, plan.id)
    if existing is not None:
        return repeated(existing, plan)
    plan = domain.draft_plan(newcomer, await repository.broad_intake(tx, newcomer.id), plan)
    if not await repository.add_plan(tx, plan):
        raise ConflictError("This plan's id was taken at this moment: ask again, or send a new id.")
    return plan


async def sign_plan(person_id: UUID, plan_id: UUID, signed_on: date, tx: Transaction) -> Plan:
    newcomer = await _newcomer(tx, person_id, lock=True)
    plan = await repository.plan(tx, plan_id)
    if plan is None or plan.person_id != person_id:
        raise not_found("plan")
    newcomer, plan, signed = domain.sign_plan(newcomer, plan, signed_on)
    await repository.save_newcomer(tx, newcomer)
    await repository.save_plan(tx, plan)
    tx.emit(*signed)
    for fact in signed:
        count_on_commit(tx, metrics.PLANS_SIGNED.labels(fact.route, str(fact.relief_agreed).lower()).inc)
    return plan


async def read_file(person_id: UUID, reader: Caller, tx: Transaction) -> File:
    newcomer = await _newcomer(tx, person_id)
    await repository.log_reading(tx, reader, person_id)
    intake = await repository.broad_intake(tx, person_id)
    return File(newcomer, intake, _missing(tx, newcomer, intake), await repository.plans(tx, person_id))


async def on_candidate_recruited(received: Received[CandidateRecruited], tx: Transaction) -> Outcome:
    """Recruiting leads to a file. A person who has one already keeps it."""
    newcomer, opened = domain.open_file(domain.file_for(received.data))
    if await repository.add_newcomer(tx, newcomer):
        tx.emit(opened)
        count_on_commit(tx, metrics.FILES_OPENED.labels(newcomer.target_group).inc)
    return DONE


async def on_candidate_withdrawn(received: Received[CandidateWithdrawn], tx: Transaction) -> Outcome:
    newcomer = await repository.newcomer(tx, received.data.person_id, lock=True)
    if newcomer is None:
        return Retry(HoldReason.NOT_YET_KNOWN, "The candidate is not registered here yet.")
    await repository.save_newcomer(tx, domain.close_after_withdrawal(newcomer, received.data.withdrawn_on))
    return DONE


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """Tell of every plan that is late, once; in chunks, so that a bad year needs no more memory than a good one."""
    today, count = received.data.date, 0
    while late := await repository.late_files(tx, today, LATE_FILES_CHUNK_MAX):
        told = [fact for newcomer in late for fact in domain.miss_deadline(newcomer, today)[1]]
        tx.emit(*told)
        await repository.mark_late(tx, [newcomer.id for newcomer in late], today)
        count += len(told)
    count_on_commit(tx, lambda: metrics.DEADLINES_MISSED.labels(DeadlineKind.PIP).inc(count))
    return DONE


async def _newcomer(tx: Transaction, person_id: UUID, *, lock: bool = False) -> Newcomer:
    newcomer = await repository.newcomer(tx, person_id, lock=lock)
    if newcomer is None:
        raise not_found("newcomer")
    return newcomer


def _missing(tx: Transaction, newcomer: Newcomer, intake: BroadIntake) -> tuple[Part, ...]:
    policy = policy_in_force(tx.municipality, intake.recorded_on or newcomer.opened_on)
    return domain.missing_parts(newcomer, intake, policy.voluntary_parts)
