"""Every query of the month's run: months, what they leave to do, and the ledger."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select
from sqlmodel import SQLModel, col

from services.ontzorgen.domain import Account, Household, HouseholdFile, MonthsRun, Statement, bookings
from services.ontzorgen.domain.ledger import CREDITORS, LedgerTotals, MonthTotals
from services.ontzorgen.domain.month import run_id
from services.ontzorgen.repository.households import files
from services.ontzorgen.tables import (
    HouseholdRow,
    LedgerEntryRow,
    LedgerLineRow,
    StatementLineRow,
    StatementRow,
    TaskRow,
)
from shared import rows
from shared.calendar import add_months, month_of
from shared.database import Transaction
from shared.identity import Role

_ADD_LINES = """
INSERT INTO ledger_line (municipality, entry_id, line_no, account, amount_cents)
SELECT $1, line.* FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[]) AS line
"""


async def count_due(tx: Transaction, day: date, run_day: int) -> int:
    query = select(func.count()).select_from(HouseholdRow).where(_due(day, run_day))
    return (await tx.session.execute(query)).scalar_one()


async def due_files(tx: Transaction, day: date, run_day: int, *, after: UUID | None, limit: int) -> list[HouseholdFile]:
    """Some of the households with work on this day, in order of id, locked."""
    query = select(HouseholdRow).where(_due(day, run_day)).order_by(col(HouseholdRow.id)).limit(limit)
    if after is not None:
        query = query.where(col(HouseholdRow.id) > after)
    found = await tx.session.execute(query.with_for_update().execution_options(populate_existing=True))
    return await files(tx, [rows.state_of(Household, row) for row in found.scalars()])


def _due(day: date, run_day: int) -> ColumnElement[bool]:
    """The households for which `due_months` gives a month, and those whose relief is over; may say yes too often."""
    last_month = month_of(day if day.day >= run_day else add_months(day, -1))
    return and_(
        col(HouseholdRow.ended_on).is_(None),
        col(HouseholdRow.first_day) <= day,
        or_(col(HouseholdRow.next_month) <= last_month, col(HouseholdRow.last_day) < day),
    )


async def keep_runs(tx: Transaction, runs: Sequence[MonthsRun], day: date) -> None:
    """Keep the months of locked households: statements, lines, tasks and the ledger's entries."""
    for run in runs:
        await rows.update(tx, HouseholdRow, run.household.id, **rows.values_of(run.household))
    months = [(run.household.id, one) for run in runs for one in run.statements]
    await _insert(tx, StatementRow, [_statement_values(*month, day) for month in months])
    await _insert(tx, StatementLineRow, [line for month in months for line in _line_values(*month)])
    tasks = ((run.household.id, task) for run in runs for task in run.tasks)
    raised = [{"household_id": owner, "raised_on": day, **rows.values_of(task)} for owner, task in tasks]
    await _insert(tx, TaskRow, raised)
    await _book(tx, months, day)


async def _book(tx: Transaction, months: Sequence[tuple[UUID, Statement]], day: date) -> None:
    """One entry per month. All lines go in one statement, since the ledger takes whole entries only."""
    booked = {(owner, one.month): bookings(one) for owner, one in months}
    entries = [
        {"run_id": run_id(owner, month), "household_id": owner, "month": month, "booked_on": day}
        for (owner, month), lines in booked.items()
        if lines
    ]
    key = (col(LedgerEntryRow.id), col(LedgerEntryRow.household_id), col(LedgerEntryRow.month))
    ids = await _insert(tx, LedgerEntryRow, entries, *key)
    lines = [(id_, place, line) for id_, owner, month in ids for place, line in enumerate(booked[owner, month], 1)]
    if lines:
        columns = [list(column) for column in zip(*((id_, place, *line) for id_, place, line in lines), strict=True)]
        await (await tx.driver()).execute(_ADD_LINES, tx.municipality, *columns)


async def _insert(tx: Transaction, row: type[SQLModel], values: list[dict[str, Any]], *answer: Any) -> Sequence[Any]:
    """Insert many rows; the wanted columns of each when some are named."""
    if not values:
        return ()
    statement: Any = insert(row)
    added = await tx.session.execute(
        statement.returning(*answer) if answer else statement,
        [{"municipality": tx.municipality, **one} for one in values],
    )
    return added.all() if answer else ()


def _statement_values(owner: UUID, one: Statement, day: date) -> dict[str, Any]:
    names = ("month", "norm_cents", "payable_cents", "holiday_reserve_cents", "deducted_cents", "remainder_cents")
    values = {name: getattr(one, name) for name in (*names, "shortfall_cents")}
    return {"household_id": owner, "run_id": run_id(owner, one.month), "run_on": day, **values}


def _line_values(owner: UUID, one: Statement) -> list[dict[str, Any]]:
    numbered = enumerate(one.lines, 1)
    return [
        {"household_id": owner, "month": one.month, "line_no": place, **rows.values_of(line)}
        for place, line in numbered
    ]


async def statements(tx: Transaction, household_id: UUID) -> list[tuple[StatementRow, list[StatementLineRow]]]:
    """A household's months, oldest first, with their lines."""
    of_household = col(StatementRow.household_id) == household_id
    months = await tx.session.execute(select(StatementRow).where(of_household).order_by(col(StatementRow.month)))
    query = select(StatementLineRow).where(col(StatementLineRow.household_id) == household_id)
    by_month: dict[str, list[StatementLineRow]] = {}
    for line in (await tx.session.execute(query.order_by(col(StatementLineRow.line_no)))).scalars():
        by_month.setdefault(line.month, []).append(line)
    return [(month, by_month.get(month.month, [])) for month in months.scalars()]


async def ledger(tx: Transaction, household_id: UUID) -> list[tuple[LedgerEntryRow, list[LedgerLineRow]]]:
    """A household's entries in order of booking, with their lines."""
    of_household = col(LedgerEntryRow.household_id) == household_id
    entries = (
        (await tx.session.execute(select(LedgerEntryRow).where(of_household).order_by(col(LedgerEntryRow.id))))
        .scalars()
        .all()
    )
    query = select(LedgerLineRow).where(col(LedgerLineRow.entry_id).in_([entry.id for entry in entries]))
    by_entry: dict[int, list[LedgerLineRow]] = {}
    for line in (await tx.session.execute(query.order_by(col(LedgerLineRow.line_no)))).scalars():
        by_entry.setdefault(line.entry_id, []).append(line)
    return [(entry, by_entry.get(entry.id, [])) for entry in entries]


async def tasks(
    tx: Transaction, role: Role | None, *, is_open: bool, after: UUID | None, limit: int
) -> tuple[list[TaskRow], UUID | None]:
    """Tasks by id, those of one role when it is named, and the id to go on after."""
    query = select(TaskRow).order_by(col(TaskRow.id)).limit(limit + 1)
    if role is not None:
        query = query.where(col(TaskRow.for_role) == role)
    if is_open:
        query = query.where(col(TaskRow.done_on).is_(None))
    if after is not None:
        query = query.where(col(TaskRow.id) > after)
    found = list((await tx.session.execute(query)).scalars())
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def task(tx: Transaction, task_id: UUID, *, lock: bool = False) -> TaskRow | None:
    return await rows.find(tx, TaskRow, task_id, lock=lock)


async def ledger_sum_cents(tx: Transaction) -> int:
    """Over every line of the municipality; anything but 0 is wrong."""
    query = select(func.coalesce(func.sum(col(LedgerLineRow.amount_cents)), 0))
    return int((await tx.session.execute(query)).scalar_one())


async def ledger_totals(tx: Transaction) -> LedgerTotals:
    """Counted from the ledger's lines and the months themselves."""
    by_account = select(col(LedgerLineRow.account), func.sum(col(LedgerLineRow.amount_cents)))
    found = (await tx.session.execute(by_account.group_by(col(LedgerLineRow.account)))).all()
    cents = {Account(account): int(amount) for account, amount in found}
    counts = select(func.count(), func.count().filter(col(HouseholdRow.ended_on).is_(None))).select_from(HouseholdRow)
    in_all, in_relief = (await tx.session.execute(counts)).one()
    months = await _month_totals(tx)
    return LedgerTotals(
        sum_cents=await ledger_sum_cents(tx),
        deducted_cents=sum(cents.get(account, 0) for account in CREDITORS),
        remainder_cents=cents.get(Account.PERSON, 0),
        holiday_reserve_cents=cents.get(Account.HOLIDAY_RESERVE, 0),
        months_run=sum(month.households for month in months),
        households=in_all,
        households_in_relief=in_relief,
        cents_by_account={account.name.lower(): amount for account, amount in sorted(cents.items())},
        months=months,
    )


async def _month_totals(tx: Transaction) -> list[MonthTotals]:
    sums = (
        col(StatementRow.norm_cents),
        col(StatementRow.deducted_cents),
        col(StatementRow.remainder_cents),
        col(StatementRow.shortfall_cents),
    )
    month = col(StatementRow.month)
    query = select(month, func.count(), *(func.sum(column) for column in sums)).group_by(month).order_by(month)
    return [MonthTotals(row[0], *(int(value) for value in row[1:])) for row in await tx.session.execute(query)]
