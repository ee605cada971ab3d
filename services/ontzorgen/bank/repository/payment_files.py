"""The queries of payment files: what waits for one, what left in one, and the files as they left."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.bank.repository.instructions import SELECTED, to_instruction
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.payment_files import FilePlan, PaymentFile
from services.ontzorgen.bank.tables import PaymentFileRow
from shared.database import rows
from shared.database.transactions import Transaction

_WAITING: Final = f"""
SELECT {SELECTED} FROM payment_instruction i WHERE i.municipality = $1 AND i.run_id = $2 AND NOT EXISTS (
    SELECT FROM payment_file_entry e WHERE e.municipality = i.municipality AND e.instruction_id = i.id)
ORDER BY i.execute_on, i.id LIMIT $3
"""  # noqa: S608 - the names of our own columns
_ADD_ENTRIES: Final = """
INSERT INTO payment_file_entry (municipality, file_id, instruction_id, batch_id, amount_cents)
SELECT $1, $2, sent.* FROM unnest($3::uuid[], $4::text[], $5::bigint[]) AS sent
"""
_LAST_NUMBER: Final = "SELECT coalesce(max(number), 0) FROM payment_file WHERE municipality = $1 AND run_id = $2"
_IDS_IN_FILE: Final = """
SELECT instruction_id FROM payment_file_entry WHERE municipality = $1 AND file_id = $2
    AND ($3::text IS NULL OR batch_id = $3) ORDER BY instruction_id
"""
_HAS_ONE_BATCH: Final = """
SELECT min(batch_id) = max(batch_id) FROM payment_file_entry WHERE municipality = $1 AND file_id = $2
"""
_FILE_COLUMNS: Final = ("id", "run_id", "number", "payments", "total_cents", "sha256", "made_at")


async def list_waiting(tx: Transaction, run_id: UUID, payments_max: int) -> list[Instruction]:
    """Return instructions that are in no file yet, by day and id."""
    records = await (await tx.driver()).fetch(_WAITING, tx.municipality, run_id, payments_max)
    return [to_instruction(record) for record in records]


async def get_last_number(tx: Transaction, run_id: UUID) -> int:
    """Return the number of the last file of a run; 0 before the first."""
    return int(await (await tx.driver()).fetchval(_LAST_NUMBER, tx.municipality, run_id))


async def add_file(tx: Transaction, run_id: UUID, plan: FilePlan, content: bytes, sha256: str) -> None:
    """Add a file and what is in it; the database refuses an instruction that is in another one."""
    sent = plan.instructions
    values = {"number": plan.number, "payments": len(sent), "total_cents": plan.total_cents, "sha256": sha256}
    await rows.add(tx, PaymentFileRow, id=plan.id, run_id=run_id, content=content, **values)
    batch_ids = [batch.id for batch in plan.batches for _ in batch.instructions]
    ids, amounts = [instruction.id for instruction in sent], [instruction.amount_cents for instruction in sent]
    await (await tx.driver()).execute(_ADD_ENTRIES, tx.municipality, plan.id, ids, batch_ids, amounts)


async def list_files(tx: Transaction, run_id: UUID | None) -> list[PaymentFile]:
    """Return the files of one run or of all, in order of number."""
    columns = [getattr(PaymentFileRow, name) for name in _FILE_COLUMNS]
    query = select(*columns).order_by(col(PaymentFileRow.made_at), col(PaymentFileRow.number))
    if run_id is not None:
        query = query.where(col(PaymentFileRow.run_id) == run_id)
    return [PaymentFile(*row) for row in await tx.session.execute(query)]


async def find_content(tx: Transaction, file_id: str) -> bytes | None:
    """Return a file as it left, to the byte; None if there is no such file."""
    row = await rows.find(tx, PaymentFileRow, file_id)
    return None if row is None else row.content


async def list_ids_in_file(tx: Transaction, file_id: str, batch_id: str | None = None) -> list[UUID]:
    """Return the instructions in a file, or in one batch of it; none when there is no such file."""
    records = await (await tx.driver()).fetch(_IDS_IN_FILE, tx.municipality, file_id, batch_id)
    return [record[0] for record in records]


async def has_one_batch(tx: Transaction, file_id: str) -> bool:
    """Return whether all payments in a file are of one day, and so of one batch."""
    return bool(await (await tx.driver()).fetchval(_HAS_ONE_BATCH, tx.municipality, file_id))
