"""Files of payments: which instructions one holds, in which batches, under ids derived from what is paid."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import Instruction


@dataclass(frozen=True, slots=True)
class Batch:
    """The payments of one file that the bank executes on one day, as one PmtInf."""

    id: str
    execute_on: date
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What one file holds. Everything in it is derived, but for the moment it was first made."""

    id: str
    number: int
    batches: tuple[Batch, ...]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        return tuple(instruction for batch in self.batches for instruction in batch.instructions)

    @property
    def total_cents(self) -> int:
        return sum(instruction.amount_cents for batch in self.batches for instruction in batch.instructions)


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file that was made, without its content."""

    id: str
    run_id: UUID
    number: int
    payments: int
    total_cents: int
    sha256: str
    made_at: datetime


def plan_file(number: int, instructions: Sequence[Instruction]) -> FilePlan:
    """Return the file for these instructions, in the order of day and id, whatever order they come in."""
    ordered = sorted(instructions, key=_get_day_and_id)
    payments = (f"{instruction.end_to_end_id} {instruction.amount_cents}" for instruction in ordered)
    message_id = _hash_parts("file", payments)
    by_day: dict[date, list[Instruction]] = {}
    for instruction in ordered:
        by_day.setdefault(instruction.execute_on, []).append(instruction)
    batches = (
        Batch(_hash_parts("batch", (message_id, str(day))), day, tuple(instructions_of_day))
        for day, instructions_of_day in by_day.items()
    )
    return FilePlan(message_id, number, tuple(batches))


def _get_day_and_id(instruction: Instruction) -> tuple[date, str]:
    return instruction.execute_on, instruction.end_to_end_id


def _hash_parts(kind: str, parts: Iterable[str]) -> str:
    digest = hashlib.sha256(kind.encode())
    for part in parts:
        digest.update(b"\n" + part.encode())
    return digest.hexdigest()[:32]
