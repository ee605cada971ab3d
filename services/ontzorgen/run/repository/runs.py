"""Every query of the month's run: which households are due, runs and their parts, and approvals."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.run.rules.run import ALL_IDS, FINAL, Part, Run
from services.ontzorgen.run.tables import RunApprovalRow, RunPartRow, RunRow
from shared.calendar import month_of, month_start
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import RunStep

# A household is due for the month after its last released one, unless an open run has that month already. Before the
# run day only households whose relief is over are due: their last month need not wait. After relief a household is due
# once more while something is set aside for it. A month that could not be computed is due again once its task is done.
# In most ranges of households no month is computed yet, so the first NOT EXISTS asks that of the whole range at once.
IS_DUE: Final = """
h.municipality = $1 AND h.id BETWEEN $6::uuid AND $7::uuid AND h.next_month = $2 AND h.first_day <= $3
AND (h.ended_on IS NULL AND h.last_day >= $4 OR h.last_day < $4 AND h.holiday_reserve_cents > 0)
AND (NOT $5::boolean OR h.last_day < $3)
AND (NOT EXISTS (
    SELECT FROM statement s WHERE s.municipality = $1 AND s.month = $2 AND s.household_id BETWEEN $6::uuid AND $7::uuid
) OR NOT EXISTS (
    SELECT FROM statement s WHERE s.municipality = $1 AND s.month = $2 AND s.household_id = h.id
    OFFSET 0 -- looked up for each, however few months the planner believes there are
)) AND NOT EXISTS (
    SELECT FROM task t WHERE t.municipality = $1 AND t.household_id = h.id AND t.month = $2
    AND t.kind = 'month_refused' AND t.done_on IS NULL
)
"""
_PIECE_STARTS: Final = f"""
SELECT id FROM (SELECT h.id, row_number() OVER (ORDER BY h.id) AS number FROM household h WHERE {IS_DUE}) AS due
WHERE number % $8::int = 1 OR $8::int = 1 ORDER BY id
"""  # noqa: S608 - our own text
_DUE_MONTHS: Final = """
SELECT DISTINCT h.next_month FROM household h
WHERE h.municipality = $1 AND (h.ended_on IS NULL OR h.holiday_reserve_cents > 0) AND h.first_day <= $2
AND h.next_month <= $3 AND (h.next_month <= to_char(h.last_day, 'YYYY-MM') OR h.holiday_reserve_cents > 0)
AND (h.next_month < $3 OR $4::boolean OR h.last_day < $2)
AND NOT EXISTS (
    SELECT FROM statement s WHERE s.municipality = $1 AND s.month = h.next_month AND s.household_id = h.id
) AND NOT EXISTS (
    SELECT FROM task t WHERE t.municipality = $1 AND t.household_id = h.id AND t.month = h.next_month
    AND t.kind = 'month_refused' AND t.done_on IS NULL
) ORDER BY 1
"""
_TODAY: Final = "SELECT (now() AT TIME ZONE 'Europe/Amsterdam')::date AS today"
_ADD_PARTS: Final = """
INSERT INTO run_part (municipality, run_id, step, number, from_id, until_id)
SELECT $1, $2, $3, new.* FROM unnest($4::int[], $5::uuid[], $6::uuid[]) AS new
"""
_COPY_PARTS: Final = """
INSERT INTO run_part (municipality, run_id, step, number, from_id, until_id)
SELECT municipality, run_id, $3, number, from_id, until_id FROM run_part
WHERE municipality = $1 AND run_id = $2 AND step = $4
"""
_FINISH_PART: Final = """
UPDATE run_part SET is_done = true, households = $5, accounts = $6::smallint[], cents = $7::bigint[]
WHERE municipality = $1 AND run_id = $2 AND step = $3 AND number = $4
"""
_COLUMN_OF: Final = {"approvers_required": "eyes_needed"}
_FOR_RANGES: Final = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_nestloop = off"
_HAS_OPEN_PARTS: Final = """
SELECT EXISTS (SELECT FROM run_part WHERE municipality = $1 AND run_id = $2 AND step = $3 AND NOT is_done)
"""
_IS_OPEN: Final = """
SELECT EXISTS (SELECT FROM run WHERE municipality = $1 AND month = $2 AND state <> ALL ($3::text[]))
"""
_PARTS_DONE: Final = """
SELECT step, count(*) FILTER (WHERE is_done) FROM run_part WHERE municipality = $1 AND run_id = $2 GROUP BY 1
"""
_SAVE_TOTALS: Final = """
INSERT INTO run_total (municipality, run_id, account, amount_cents)
SELECT p.municipality, p.run_id, line.account, sum(line.cents)
FROM run_part p, unnest(p.accounts, p.cents) AS line(account, cents)
WHERE p.municipality = $1 AND p.run_id = $2 GROUP BY 1, 2, 3
"""


async def list_due_months(tx: Transaction, day: date, run_day: int) -> list[str]:
    """Return the months for which a household is due on a day, oldest first."""
    arguments = (tx.municipality, day, month_of(day), day.day >= run_day)
    return [row[0] for row in await (await tx.driver()).fetch(_DUE_MONTHS, *arguments)]


async def list_piece_starts(tx: Transaction, run: Run, households: int, *, only_ended: bool) -> list[UUID]:
    """Return the ids at which pieces of so many due households begin, in order."""
    arguments = due_arguments(tx, run, ALL_IDS, only_ended=only_ended)
    return [row["id"] for row in await (await tx.driver()).fetch(_PIECE_STARTS, *arguments, households)]


def due_arguments(tx: Transaction, run: Run, bounds: tuple[UUID, UUID], *, only_ended: bool) -> tuple[Any, ...]:
    """Return the arguments of `IS_DUE`; `bounds` are the lowest and the highest id to look at."""
    return tx.municipality, run.month, run.proposed_on, month_start(run.month), only_ended, *bounds


async def is_run_open(tx: Transaction, month: str) -> bool:
    """Return whether a run of a month has begun and is neither released nor withdrawn."""
    final = [state.value for state in FINAL]
    return bool(await (await tx.driver()).fetchval(_IS_OPEN, tx.municipality, month, final))


async def add_run(tx: Transaction, run: Run) -> bool:
    """Add a run; False if it exists, also if someone else adds it at this moment."""
    return await rows.add(tx, RunRow, **rows.to_values(run))


async def save_run(tx: Transaction, run: Run) -> None:
    """Write back a run that this transaction has locked, at once: the database checks a run that is released."""
    values = {_COLUMN_OF.get(name, name): value for name, value in rows.to_values(run).items()}
    changed = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 3))
    statement = f"UPDATE run SET {changed} WHERE municipality = $1 AND id = $2"  # noqa: S608 - names of our own fields
    await (await tx.driver()).execute(statement, tx.municipality, run.id, *values.values())


async def find_run(tx: Transaction, run_id: UUID, *, lock: bool = False) -> Run | None:
    """Return a run; None if there is none. With `lock` nobody else changes it until the transaction ends."""
    row = await rows.find(tx, RunRow, run_id, lock=lock)
    return None if row is None else rows.to_state(Run, row)


async def find_run_shared(tx: Transaction, run_id: UUID) -> Run | None:
    """Return a run, which nobody changes until this transaction ends; others may lock it so too."""
    query = select(RunRow).where(col(RunRow.id) == run_id).with_for_update(read=True)
    row = (await tx.session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    return None if row is None else rows.to_state(Run, row)


async def list_runs_of_month(tx: Transaction, month: str) -> list[Run]:
    """Return the runs of a month by number."""
    query = select(RunRow).where(col(RunRow.month) == month).order_by(col(RunRow.number))
    return [rows.to_state(Run, row) for row in (await tx.session.execute(query)).scalars()]


async def list_runs(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Run], UUID | None]:
    """Return runs, the newest month first, and the id to continue after."""
    month, number = col(RunRow.month), col(RunRow.number)
    query = select(RunRow).order_by(month.desc(), number.desc(), col(RunRow.id))
    if after is not None and (last := await find_run(tx, after)) is not None:
        query = query.where((month < last.month) | ((month == last.month) & (number < last.number)))
    runs = [rows.to_state(Run, row) for row in (await tx.session.execute(query.limit(limit + 1))).scalars()]
    return runs[:limit], runs[limit - 1].id if len(runs) > limit else None


async def list_approvers(tx: Transaction, run_id: UUID) -> list[str]:
    """Return who approved a run."""
    query = select(col(RunApprovalRow.subject)).where(col(RunApprovalRow.run_id) == run_id)
    return list((await tx.session.execute(query)).scalars())


async def add_approval(tx: Transaction, run_id: UUID, subject: str, on: date) -> bool:
    return await rows.add(tx, RunApprovalRow, run_id=run_id, subject=subject, approved_on=on)


async def read_today(tx: Transaction) -> date:
    """Return today in the Netherlands by the clock of the database."""
    today: date = (await tx.rows(_TODAY))[0]["today"]
    return today


async def add_parts(tx: Transaction, parts: Sequence[Part]) -> None:
    """Add the parts of a step of one run."""
    first = parts[0]
    columns = ([part.number for part in parts], [part.from_id for part in parts], [part.until_id for part in parts])
    await (await tx.driver()).execute(_ADD_PARTS, tx.municipality, first.run_id, first.step.value, *columns)


async def copy_parts(tx: Transaction, run_id: UUID, step: RunStep, earlier: RunStep) -> list[Part]:
    """Add the parts of a step with the bounds of an earlier step, and return them."""
    await (await tx.driver()).execute(_COPY_PARTS, tx.municipality, run_id, step.value, earlier.value)
    return await list_parts(tx, run_id, step)


async def list_parts(tx: Transaction, run_id: UUID, step: RunStep) -> list[Part]:
    """Return the parts of a step, in order of the households' ids."""
    query = select(RunPartRow).where(col(RunPartRow.run_id) == run_id, col(RunPartRow.step) == step.value)
    parts = await tx.session.execute(query.order_by(col(RunPartRow.number)))
    return [rows.to_state(Part, row) for row in parts.scalars()]


async def plan_for_ranges(tx: Transaction) -> None:
    """Have each statement planned for its own range of households until this transaction ends.

    A plan for any range looks up every household one by one, and so does a plan for tables as small as before the run.
    """
    await (await tx.driver()).execute(_FOR_RANGES)


async def lock_part(tx: Transaction, run_id: UUID, step: RunStep, number: int) -> Part | None:
    """Return a part, which nobody else works on until this transaction ends; None if there is none."""
    row = await rows.find(tx, RunPartRow, run_id, step.value, number, lock=True)
    return None if row is None else rows.to_state(Part, row)


async def count_parts_done(tx: Transaction, run_id: UUID) -> dict[str, int]:
    """Return how many parts of each step are done."""
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(_PARTS_DONE, tx.municipality, run_id)}


async def finish_part(tx: Transaction, part: Part, households: int, cents: dict[int, int]) -> bool:
    """Record that a part is done, with what it booked per account. Return whether it was the last one.

    A lock lets one part after the other be finished, so that each sees all that were finished before.
    """
    driver = await tx.driver()
    amounts = ([*cents], [*cents.values()]) if cents else (None, None)
    await driver.execute(_FINISH_PART, tx.municipality, part.run_id, part.step.value, part.number, households, *amounts)
    await tx.flush_all()
    await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"run {part.run_id}")
    return not await driver.fetchval(_HAS_OPEN_PARTS, tx.municipality, part.run_id, part.step.value)


async def save_totals(tx: Transaction, run_id: UUID) -> None:
    """Save what the parts booked per account; the database compares it with the ledger when the run is released."""
    await (await tx.driver()).execute(_SAVE_TOTALS, tx.municipality, run_id)
