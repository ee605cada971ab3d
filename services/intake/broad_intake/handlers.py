"""What is done with broad intakes, one function per command or question: load, decide, save, emit."""

from datetime import date
from uuid import UUID

from services.intake.broad_intake import repository
from services.intake.broad_intake.rules import completion as completions
from services.intake.broad_intake.rules import parts, talk
from services.intake.broad_intake.rules.completion import Completion
from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.file.handlers import get_newcomer, save_newcomer
from services.intake.file.rules import Newcomer
from services.intake.policies.handlers import policy_in_force
from services.intake.policies.rules import Part
from shared.database.transactions import Transaction


async def schedule_talk(person_id: UUID, planned_on: date, tx: Transaction) -> Newcomer:
    newcomer, scheduled = talk.schedule_talk(await get_newcomer(person_id, tx, lock=True), planned_on)
    await save_newcomer(newcomer, tx)
    tx.emit(*scheduled)
    return newcomer


async def record_parts(update: BroadIntake, tx: Transaction) -> tuple[BroadIntake, tuple[Part, ...]]:
    """Record what is known now. Return the intake and the parts that are still missing."""
    newcomer = await get_newcomer(update.person_id, tx, lock=True)
    intake = parts.record_parts(newcomer, await repository.load_intake(tx, newcomer.id), update)
    await repository.save_intake(tx, intake)
    return intake, list_missing_parts(newcomer, intake, tx.municipality)


async def complete_intake(person_id: UUID, completion: Completion, tx: Transaction) -> BroadIntake:
    policy = policy_in_force(tx.municipality, completion.completed_on)
    newcomer = await get_newcomer(person_id, tx, lock=True)
    newcomer, intake, completed = completions.complete_intake(
        newcomer,
        await repository.load_intake(tx, person_id),
        completion,
        voluntary_parts=policy.voluntary_parts,
        education_schooling_min=policy.education_schooling_min,
    )
    await save_newcomer(newcomer, tx)
    await repository.save_intake(tx, intake)
    tx.emit(*completed)
    return intake


async def load_intake(person_id: UUID, tx: Transaction) -> BroadIntake:
    """Return someone's intake; an empty one if nothing is recorded."""
    return await repository.load_intake(tx, person_id)


def list_missing_parts(newcomer: Newcomer, intake: BroadIntake, municipality: str) -> tuple[Part, ...]:
    """Return the parts still to be recorded, by the policy of the day on which the last ones were."""
    policy = policy_in_force(municipality, intake.recorded_on or newcomer.opened_on)
    return parts.missing_parts(newcomer, intake, policy.voluntary_parts)
