"""The queries of refused payments: why, whether they were replaced or paid after all, and whom they are about."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from services.ontzorgen.bank.repository.instructions import SELECTED, to_instruction
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.refusals import Refusal
from shared.database.transactions import Transaction

# A refused payment of which more left the account than came back.
_PAID_AFTER_ALL: Final = """
SELECT FROM payment_refusal r
JOIN bank_entry e ON e.municipality = r.municipality AND e.instruction_id = r.instruction_id
WHERE r.municipality = $1 AND r.instruction_id = {id} HAVING sum(e.amount_cents) < 0
"""
_IS_PAID_AFTER_ALL: Final = f"SELECT EXISTS ({_PAID_AFTER_ALL.format(id='$2')})"
_REFUSE: Final = """
INSERT INTO payment_refusal (municipality, message_sha256, instruction_id, reason_code, refused_on)
SELECT $1, $2, refused.* FROM unnest($3::uuid[], $4::text[], $5::date[]) AS refused
ON CONFLICT (municipality, instruction_id) DO NOTHING RETURNING instruction_id
"""
_UNREPLACED: Final = f"""
SELECT {SELECTED}, r.reason_code FROM payment_instruction i
JOIN payment_refusal r ON r.municipality = i.municipality AND r.instruction_id = i.id
WHERE i.municipality = $1 AND i.run_id = $2 AND NOT EXISTS (
    SELECT FROM payment_instruction later WHERE later.municipality = i.municipality AND later.replaces = i.id)
    AND NOT EXISTS ({_PAID_AFTER_ALL.format(id="i.id")})
    AND ($3::text IS NULL OR NOT EXISTS (
        SELECT FROM bank_message m
        WHERE m.municipality = r.municipality AND m.sha256 = r.message_sha256 AND m.received_by = $3))
ORDER BY i.id
"""  # noqa: S608 - the names of our own columns
_REASON: Final = "SELECT reason_code FROM payment_refusal WHERE municipality = $1 AND instruction_id = $2"
_BRINGER: Final = """
SELECT m.received_by FROM payment_refusal r
JOIN bank_message m ON m.municipality = r.municipality AND m.sha256 = r.message_sha256
WHERE r.municipality = $1 AND r.instruction_id = $2
"""
_PERSONS: Final = "SELECT id, person_id FROM household WHERE municipality = $1 AND id = ANY($2::uuid[])"


async def add_refusals(tx: Transaction, message_sha256: str, refusals: Sequence[Refusal]) -> set[UUID]:
    """Add refusals and return the ids that were not refused before."""
    columns = [list(column) for column in zip(*refusals, strict=True)]
    records = await (await tx.driver()).fetch(_REFUSE, tx.municipality, message_sha256, *columns)
    return {record[0] for record in records}


async def find_reason(tx: Transaction, instruction_id: UUID) -> str | None:
    """Return why a payment was refused; None if it was not."""
    reason = await (await tx.driver()).fetchval(_REASON, tx.municipality, instruction_id)
    return None if reason is None else str(reason)


async def find_bringer(tx: Transaction, instruction_id: UUID) -> str | None:
    """Return who brought the bank's message by which a payment was refused; None if it was not."""
    subject = await (await tx.driver()).fetchval(_BRINGER, tx.municipality, instruction_id)
    return None if subject is None else str(subject)


async def is_paid_after_all(tx: Transaction, instruction_id: UUID) -> bool:
    """Return whether the bank paid what it had refused, and it did not come back."""
    return bool(await (await tx.driver()).fetchval(_IS_PAID_AFTER_ALL, tx.municipality, instruction_id))


async def list_unreplaced(
    tx: Transaction, run_id: UUID, *, not_brought_by: str | None = None
) -> list[tuple[Instruction, str]]:
    """Return the refused payments of a run that nothing replaced yet, with the reason.

    Not those that one person brought the refusal of.
    """
    records = await (await tx.driver()).fetch(_UNREPLACED, tx.municipality, run_id, not_brought_by)
    return [(to_instruction(record), record["reason_code"]) for record in records]


async def find_persons(tx: Transaction, household_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the person of each household, whom its events are about."""
    records = await (await tx.driver()).fetch(_PERSONS, tx.municipality, list(set(household_ids)))
    return {record["id"]: record["person_id"] for record in records}
