"""What is shown of one person, put together from every capability."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.broad_intake.handlers import list_missing_parts, load_intake
from services.intake.broad_intake.rules.parts import BroadIntake
from services.intake.file.handlers import get_newcomer
from services.intake.file.rules import Newcomer
from services.intake.plan.handlers import list_plans
from services.intake.plan.rules import Plan
from services.intake.policies.rules import Part
from shared.database.transactions import Transaction


@dataclass(frozen=True)
class File:
    """Everything that is on record of one person, and the parts of the intake still to be recorded."""

    newcomer: Newcomer
    intake: BroadIntake
    missing_parts: tuple[Part, ...]
    plans: list[Plan]


async def read_file(person_id: UUID, tx: Transaction) -> File:
    """Return someone's file."""
    newcomer = await get_newcomer(person_id, tx)
    intake = await load_intake(person_id, tx)
    missing = list_missing_parts(newcomer, intake, tx.municipality)
    return File(newcomer, intake, missing, await list_plans(person_id, tx))
