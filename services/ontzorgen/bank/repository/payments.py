"""Every query of what leaves for the bank: accounts, orders, instructions, files and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.bank.rules.instructions import FilePlan, Instruction
from services.ontzorgen.bank.tables import BankAccountRow, PaymentFileRow
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import ChargeKind

_COLUMNS: Final = tuple(field.name for field in fields(Instruction))
_LIST: Final = ", ".join(f"i.{name}" for name in _COLUMNS)
_TYPES: Final = (
    "uuid", "uuid", "uuid", "text", "text", "text", "text", "bool", "date", "bigint", "text", "text", "text", "text",
    "smallint", "uuid",
)  # fmt: skip
_ADD_INSTRUCTIONS: Final = f"""
INSERT INTO payment_instruction (municipality, {", ".join(_COLUMNS)})
SELECT $1, made.* FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, 2))}) AS made
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
_HELD: Final = "UPDATE payment_order SET held_cents = $3 WHERE municipality = $1 AND run_id = $2"
_WAITING: Final = f"""
SELECT {_LIST} FROM payment_instruction i WHERE i.municipality = $1 AND i.run_id = $2 AND NOT EXISTS (
    SELECT FROM payment_file_entry e WHERE e.municipality = i.municipality AND e.instruction_id = i.id)
ORDER BY i.execute_on, i.id LIMIT $3
"""  # noqa: S608 - the names of our own columns
_ADD_ENTRIES: Final = """
INSERT INTO payment_file_entry (municipality, file_id, instruction_id, batch_id, amount_cents)
SELECT $1, $2, sent.* FROM unnest($3::uuid[], $4::text[], $5::bigint[]) AS sent
"""
_LAST_FILE: Final = "SELECT coalesce(max(number), 0) FROM payment_file WHERE municipality = $1 AND run_id = $2"
_INSTRUCTIONS: Final = f"""
SELECT {_LIST} FROM payment_instruction i WHERE i.municipality = $1 AND i.id = ANY($2::uuid[]) ORDER BY i.id
"""  # noqa: S608 - the names of our own columns
_IN_FILE: Final = """
SELECT instruction_id FROM payment_file_entry WHERE municipality = $1 AND file_id = $2
    AND ($3::text IS NULL OR batch_id = $3) ORDER BY instruction_id
"""
# A payment that a status report refused and the bank then paid after all, without giving it back.
_PAID_AFTER_ALL: Final = """
SELECT FROM payment_refusal r
JOIN bank_message m ON m.municipality = r.municipality AND m.sha256 = r.message_sha256 AND m.kind = 'pain.002'
JOIN bank_entry e ON e.municipality = r.municipality AND e.instruction_id = r.instruction_id
    AND e.outcome IN ('match', 'split')
WHERE r.municipality = $1 AND r.instruction_id = {id} AND NOT EXISTS (
    SELECT FROM bank_entry back WHERE back.municipality = r.municipality
        AND back.instruction_id = r.instruction_id AND back.outcome = 'returned')
"""
_IS_PAID_AFTER_ALL: Final = f"SELECT EXISTS ({_PAID_AFTER_ALL.format(id='$2')})"
_REFUSE: Final = """
INSERT INTO payment_refusal (municipality, message_sha256, instruction_id, reason_code, refused_on)
SELECT $1, $2, refused.* FROM unnest($3::uuid[], $4::text[], $5::date[]) AS refused
ON CONFLICT (municipality, instruction_id) DO NOTHING RETURNING instruction_id
"""
_UNREPLACED: Final = f"""
SELECT {_LIST}, r.reason_code FROM payment_instruction i
JOIN payment_refusal r ON r.municipality = i.municipality AND r.instruction_id = i.id
WHERE i.municipality = $1 AND i.run_id = $2 AND NOT EXISTS (
    SELECT FROM payment_instruction later WHERE later.municipality = i.municipality AND later.replaces = i.id)
    AND NOT EXISTS ({_PAID_AFTER_ALL.format(id="i.id")})
ORDER BY i.id
"""  # noqa: S608 - the names of our own columns
_REFUSAL: Final = "SELECT reason_code FROM payment_refusal WHERE municipality = $1 AND instruction_id = $2"
_REPLACEMENT: Final = f"""
SELECT {_LIST} FROM payment_instruction i WHERE i.municipality = $1 AND i.replaces = $2
"""  # noqa: S608 - the names of our own columns
_ACCOUNTS: Final = """
SELECT DISTINCT ON (holder) holder, name, iban FROM bank_account
WHERE municipality = $1 AND holder = ANY($2::text[]) AND confirmed_by IS NOT NULL
ORDER BY holder, confirmed_at DESC, id DESC
"""
_EVER: Final = """
SELECT DISTINCT iban FROM bank_account WHERE municipality = $1 AND holder = $2 AND confirmed_by IS NOT NULL
"""
_CONFIRM: Final = """
UPDATE bank_account SET confirmed_by = $3, confirmed_at = now() WHERE municipality = $1 AND id = $2
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered of a run. `held_cents` is what no account was known for; None before it was looked at."""

    run_id: UUID
    month: str
    ordered_on: date
    made_at: datetime
    held_cents: int | None


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account that may be used."""

    name: str
    iban: str


async def open_order(tx: Transaction, run_id: UUID, month: str, on: date) -> Order:
    """The order of a run, locked; its moment is that of the first call."""
    driver = await tx.driver()
    await driver.execute(_OPEN_ORDER, tx.municipality, run_id, month, on)
    order = await find_order(tx, run_id)
    assert order is not None  # noqa: S101 - it was made a line above
    return order


async def find_order(tx: Transaction, run_id: UUID) -> Order | None:
    row = await (await tx.driver()).fetchrow(_ORDER, tx.municipality, run_id)
    return None if row is None else Order(*row)


async def hold(tx: Transaction, run_id: UUID, held_cents: int) -> None:
    await (await tx.driver()).execute(_HELD, tx.municipality, run_id, held_cents)


async def add_instructions(tx: Transaction, made: Sequence[Instruction]) -> set[UUID]:
    """Keep instructions; the ids that were not here. The others stay, also those that come in at this moment."""
    columns = [[getattr(one, name) for one in made] for name in _COLUMNS]
    found = await (await tx.driver()).fetch(_ADD_INSTRUCTIONS, tx.municipality, *columns)
    return {row[0] for row in found}


async def instructions(tx: Transaction, ids: Sequence[UUID]) -> list[Instruction]:
    found = await (await tx.driver()).fetch(_INSTRUCTIONS, tx.municipality, list(ids))
    return [_instruction(row) for row in found]


async def waiting(tx: Transaction, run_id: UUID, payments_max: int) -> list[Instruction]:
    """Instructions that stand in no file yet, by day and id."""
    found = await (await tx.driver()).fetch(_WAITING, tx.municipality, run_id, payments_max)
    return [_instruction(row) for row in found]


async def last_file_number(tx: Transaction, run_id: UUID) -> int:
    return int(await (await tx.driver()).fetchval(_LAST_FILE, tx.municipality, run_id))


async def add_file(tx: Transaction, run_id: UUID, plan: FilePlan, content: bytes, sha256: str) -> None:
    """Keep a file and what stands in it; the database refuses an instruction that stands in another."""
    sent = plan.instructions
    values = {"number": plan.number, "payments": len(sent), "total_cents": plan.total_cents, "sha256": sha256}
    await rows.add(tx, PaymentFileRow, id=plan.id, run_id=run_id, content=content, **values)
    in_batch = [batch.id for batch in plan.batches for _ in batch.instructions]
    ids, amounts = [one.id for one in sent], [one.amount_cents for one in sent]
    await (await tx.driver()).execute(_ADD_ENTRIES, tx.municipality, plan.id, ids, in_batch, amounts)


async def files(tx: Transaction, run_id: UUID | None) -> list[dict[str, Any]]:
    """Files without their content, of one run or of all, in order of number."""
    columns = [getattr(PaymentFileRow, name) for name in PaymentFileRow.model_fields if name != "content"]
    query = select(*columns).order_by(col(PaymentFileRow.made_at), col(PaymentFileRow.number))
    if run_id is not None:
        query = query.where(col(PaymentFileRow.run_id) == run_id)
    return [dict(row) for row in (await tx.session.execute(query)).mappings()]


async def file(tx: Transaction, file_id: str) -> PaymentFileRow | None:
    return await rows.find(tx, PaymentFileRow, file_id)


async def ids_in_file(tx: Transaction, file_id: str, batch_id: str | None = None) -> list[UUID]:
    """The instructions in a file, or in one batch of it; none when there is no such file."""
    found = await (await tx.driver()).fetch(_IN_FILE, tx.municipality, file_id, batch_id)
    return [row[0] for row in found]


async def add_refusals(tx: Transaction, message_sha256: str, refused: Sequence[tuple[UUID, str, date]]) -> set[UUID]:
    """Keep refusals; the ids that were not refused before."""
    columns = [list(column) for column in zip(*refused, strict=True)]
    found = await (await tx.driver()).fetch(_REFUSE, tx.municipality, message_sha256, *columns)
    return {row[0] for row in found}


async def refusal_reason(tx: Transaction, instruction_id: UUID) -> str | None:
    reason = await (await tx.driver()).fetchval(_REFUSAL, tx.municipality, instruction_id)
    return None if reason is None else str(reason)


async def is_paid_after_all(tx: Transaction, instruction_id: UUID) -> bool:
    """Whether the bank paid what it had refused, and it did not come back."""
    return bool(await (await tx.driver()).fetchval(_IS_PAID_AFTER_ALL, tx.municipality, instruction_id))


async def unreplaced(tx: Transaction, run_id: UUID) -> list[tuple[Instruction, str]]:
    """Refused payments of a run that nothing made good yet, with the reason."""
    found = await (await tx.driver()).fetch(_UNREPLACED, tx.municipality, run_id)
    return [(_instruction(row), row["reason_code"]) for row in found]


async def replacement(tx: Transaction, instruction_id: UUID) -> Instruction | None:
    row = await (await tx.driver()).fetchrow(_REPLACEMENT, tx.municipality, instruction_id)
    return None if row is None else _instruction(row)


async def accounts(tx: Transaction, holders: Sequence[str]) -> dict[str, BankAccount]:
    """The accounts in force, by holder: those confirmed last."""
    found = await (await tx.driver()).fetch(_ACCOUNTS, tx.municipality, list(holders))
    return {row["holder"]: BankAccount(row["name"], row["iban"]) for row in found}


async def ibans_ever(tx: Transaction, holder: str) -> set[str]:
    """Every account that a holder had: old statements may still come in."""
    return {row[0] for row in await (await tx.driver()).fetch(_EVER, tx.municipality, holder)}


async def add_account(tx: Transaction, account_id: UUID, holder: str, account: BankAccount, subject: str) -> bool:
    """Propose an account; False when its id is in use."""
    values = {"holder": holder, "name": account.name, "iban": account.iban, "proposed_by": subject}
    return await rows.add(tx, BankAccountRow, id=account_id, **values)


async def account_row(tx: Transaction, account_id: UUID) -> BankAccountRow | None:
    return await rows.find(tx, BankAccountRow, account_id, lock=True)


async def account_rows(tx: Transaction) -> list[BankAccountRow]:
    query = select(BankAccountRow).order_by(col(BankAccountRow.holder), col(BankAccountRow.proposed_at))
    return list((await tx.session.execute(query)).scalars())


async def confirm_account(tx: Transaction, account_id: UUID, subject: str) -> None:
    await (await tx.driver()).execute(_CONFIRM, tx.municipality, account_id, subject)


def _instruction(row: Any) -> Instruction:
    kind = row["kind"]
    values = {name: row[name] for name in _COLUMNS}
    return Instruction(**values | {"kind": None if kind is None else ChargeKind(kind)})
