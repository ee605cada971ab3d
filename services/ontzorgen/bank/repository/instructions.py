"""The queries of payment instructions: what was ordered of a run, what was instructed, and what was refused of it."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import Instruction, Order
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind

COLUMNS: Final = tuple(field.name for field in fields(Instruction))
SELECTED: Final = ", ".join(f"i.{name}" for name in COLUMNS)
_TYPES: Final = (
    "uuid", "uuid", "uuid", "text", "text", "text", "text", "bool", "date", "bigint", "text", "text", "text", "text",
    "smallint", "uuid", "text",
)  # fmt: skip
_ADD_INSTRUCTIONS: Final = f"""
INSERT INTO payment_instruction (municipality, {", ".join(COLUMNS)})
SELECT $1, added.* FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, 2))}) AS added
ON CONFLICT (municipality, id) DO NOTHING RETURNING id
"""  # noqa: S608 - the names of our own columns
_OPEN_ORDER: Final = """
INSERT INTO payment_order (municipality, run_id, month, ordered_on) VALUES ($1, $2, $3, $4)
ON CONFLICT (municipality, run_id) DO NOTHING
"""
_ORDER: Final = """
SELECT run_id, month, ordered_on, made_at, held_cents FROM payment_order
WHERE municipality = $1 AND run_id = $2 FOR UPDATE
"""
_HOLD: Final = "UPDATE payment_order SET held_cents = $3 WHERE municipality = $1 AND run_id = $2"
_INSTRUCTIONS: Final = f"""
SELECT {SELECTED} FROM payment_instruction i WHERE i.municipality = $1 AND i.id = ANY($2::uuid[]) ORDER BY i.id
"""  # noqa: S608 - the names of our own columns
_REPLACEMENT: Final = f"""
SELECT {SELECTED} FROM payment_instruction i WHERE i.municipality = $1 AND i.replaces = $2
"""  # noqa: S608 - the names of our own columns


async def open_order(tx: Transaction, run_id: UUID, month: str, on: date) -> Order:
    """Return the order of a run, locked; its moment is that of the first call."""
    driver = await tx.driver()
    await driver.execute(_OPEN_ORDER, tx.municipality, run_id, month, on)
    record = await driver.fetchrow(_ORDER, tx.municipality, run_id)
    assert record is not None  # noqa: S101 - it was inserted two lines above
    return Order(*record)


async def record_held_cents(tx: Transaction, run_id: UUID, held_cents: int) -> None:
    """Record what is not paid of a run, as there is no account to pay it on."""
    await (await tx.driver()).execute(_HOLD, tx.municipality, run_id, held_cents)


async def add_instructions(tx: Transaction, instructions: Sequence[Instruction]) -> set[UUID]:
    """Add instructions and return the ids that are new. The others stay, also those added at this moment."""
    columns = [[getattr(instruction, name) for instruction in instructions] for name in COLUMNS]
    records = await (await tx.driver()).fetch(_ADD_INSTRUCTIONS, tx.municipality, *columns)
    return {record[0] for record in records}


async def list_instructions(tx: Transaction, ids: Sequence[UUID]) -> list[Instruction]:
    """Return the instructions with these ids, by id."""
    records = await (await tx.driver()).fetch(_INSTRUCTIONS, tx.municipality, list(ids))
    return [to_instruction(record) for record in records]


async def find_replacement(tx: Transaction, instruction_id: UUID) -> Instruction | None:
    """Return the instruction that replaces a refused one; None while there is none."""
    record = await (await tx.driver()).fetchrow(_REPLACEMENT, tx.municipality, instruction_id)
    return None if record is None else to_instruction(record)


def to_instruction(record: Any) -> Instruction:
    """Return the instruction of a record that has its `SELECTED` columns."""
    kind = record["kind"]
    values = {name: record[name] for name in COLUMNS}
    codes = {"kind": None if kind is None else ChargeKind(kind), "purpose": PaymentPurpose(record["purpose"])}
    return Instruction(**values | codes)
