"""What a refused payment leaves besides itself: a task, an entry in the ledger, and whom it is told about."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from services.ontzorgen.domain.ledger import CREDITOR_OF, Account, EntryKind
from services.ontzorgen.domain.payments_out import Instruction
from services.ontzorgen.domain.tasks import TaskKind
from shared.database import Transaction
from shared.events.codes import ChargeKind
from shared.identity import Role

_ADD_TASKS: Final = """
INSERT INTO task (municipality, id, household_id, kind, month, for_role, amount_cents, raised_on)
SELECT $1, left_.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::date[])
    AS left_ ON CONFLICT (municipality, id) DO NOTHING
"""
_DONE: Final = "UPDATE task SET done_on = $3 WHERE municipality = $1 AND id = ANY($2::uuid[]) AND done_on IS NULL"
_PERSONS: Final = "SELECT id, person_id FROM household WHERE municipality = $1 AND id = ANY($2::uuid[])"
_BOOK: Final = """
WITH numbered AS (
    SELECT nextval('ledger_entry_number') AS id, made.* FROM unnest($2::uuid[], $3::text[], $4::date[], $5::smallint[],
        $6::bigint[]) AS made(household_id, month, booked_on, account, cents)
), headed AS (
    INSERT INTO ledger_entry (municipality, id, kind, line_count, booked_on, run_id, household_id, month)
    SELECT $1, id, $7, 2, booked_on, NULL, household_id, month FROM numbered
)
SELECT id, account, cents FROM numbered
"""
_BOOK_LINES: Final = """
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
SELECT $1, line.* FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[]) AS line
"""


def task_id(instruction_id: UUID, kind: TaskKind) -> UUID:
    return uuid5(instruction_id, f"task {kind}")


async def add_tasks(tx: Transaction, kind: TaskKind, about: Sequence[tuple[UUID, UUID, str, int]], on: date) -> None:
    """Tasks for the budget manager: whose id each derives from, household, month and cents."""
    ids = [task_id(origin, kind) for origin, *_ in about]
    households, months, amounts = (list(column) for column in zip(*(one[1:] for one in about), strict=True))
    count = len(ids)
    columns = (ids, households, [kind] * count, months, [Role.BUDGET_MANAGER] * count, amounts, [on] * count)
    await (await tx.driver()).execute(_ADD_TASKS, tx.municipality, *columns)


async def complete_tasks(tx: Transaction, kind: TaskKind, origins: Iterable[UUID], on: date) -> None:
    await (await tx.driver()).execute(_DONE, tx.municipality, [task_id(one, kind) for one in origins], on)


async def persons(tx: Transaction, household_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    found = await (await tx.driver()).fetch(_PERSONS, tx.municipality, list(set(household_ids)))
    return {row["id"]: row["person_id"] for row in found}


async def book_back(tx: Transaction, refused: Sequence[Instruction], on: date) -> None:
    """What was refused lies on the bank's account in the ledger until it is instructed anew."""
    await _book(tx, refused, on, sign=1)


async def book_out(tx: Transaction, anew: Sequence[Instruction], on: date) -> None:
    """What is instructed anew goes from the bank's account to its payee once more."""
    await _book(tx, anew, on, sign=-1)


async def _book(tx: Transaction, moved: Sequence[Instruction], on: date, *, sign: int) -> None:
    """One entry of two lines for each payment; all lines in one statement, as the ledger takes whole entries only."""
    if not moved:
        return
    driver = await tx.driver()
    of_payee = [_account_of(one.kind).value for one in moved]
    amounts = [sign * one.amount_cents for one in moved]
    homes, months = [one.household_id for one in moved], [one.month for one in moved]
    headed = await driver.fetch(
        _BOOK, tx.municipality, homes, months, [on] * len(moved), of_payee, amounts, EntryKind.BANK.value
    )
    lines = [line for row in headed for line in _two_lines(*row)]
    await driver.execute(_BOOK_LINES, tx.municipality, *(list(column) for column in zip(*lines, strict=True)))


def _two_lines(entry_id: int, account: int, cents: int) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    return (entry_id, 1, account, -cents), (entry_id, 2, Account.BANK.value, cents)


def _account_of(kind: ChargeKind | None) -> Account:
    return Account.PERSON if kind is None else CREDITOR_OF[kind]
