"""Every query of the month's run: which households are due, runs and their parts, and approvals."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.tables.households import HouseholdRow
from services.ontzorgen.run.rules.run import EVERYONE, FINAL, Part, Run
from services.ontzorgen.run.tables import RunApprovalRow, RunPartRow, RunRow
from shared.calendar import month_of, month_start
from shared.database import rows
from shared.database.transactions import Transaction
from shared.events.codes import RunStep

# A household is due for the month after its last released one, unless an open run holds that month already. A month
# whose run day has not come is due where relief is over: its last month waits for nothing. A month that could not be
# computed waits until its task is done. Looked for in a range of households; in most ranges no month is held yet, which
# one look says of all of them.
IS_DUE: Final = """
h.municipality = $1 AND h.id BETWEEN $6::uuid AND $7::uuid AND h.next_month = $2 AND h.ended_on IS NULL
AND h.first_day <= $3 AND h.last_day >= $4 AND (NOT $5::boolean OR h.last_day < $3)
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
_FIRST_OF_PIECES: Final = f"""
SELECT id FROM (SELECT h.id, row_number() OVER (ORDER BY h.id) AS number FROM household h WHERE {IS_DUE}) AS due
WHERE number % $8::int = 1 OR $8::int = 1 ORDER BY id
"""  # noqa: S608 - our own text
_DUE_MONTHS: Final = """
SELECT DISTINCT h.next_month FROM household h
WHERE h.municipality = $1 AND h.ended_on IS NULL AND h.first_day <= $2 AND h.next_month <= $3
AND h.next_month <= to_char(h.last_day, 'YYYY-MM') AND (h.next_month < $3 OR $4::boolean OR h.last_day < $2)
AND NOT EXISTS (
    SELECT FROM statement s WHERE s.municipality = $1 AND s.month = h.next_month AND s.household_id = h.id
) AND NOT EXISTS (
    SELECT FROM task t WHERE t.municipality = $1 AND t.household_id = h.id AND t.month = h.next_month
    AND t.kind = 'month_refused' AND t.done_on IS NULL
) ORDER BY 1
"""
_OPENED: Final = """
INSERT INTO run_part (municipality, run_id, step, number, from_id, until_id)
SELECT $1, $2, $3, made.* FROM unnest($4::int[], $5::uuid[], $6::uuid[]) AS made
"""
_SAME_PARTS: Final = """
INSERT INTO run_part (municipality, run_id, step, number, from_id, until_id)
SELECT municipality, run_id, $3, number, from_id, until_id FROM run_part
WHERE municipality = $1 AND run_id = $2 AND step = $4
"""
_PART_DONE: Final = """
UPDATE run_part SET is_done = true, households = $5, accounts = $6::smallint[], cents = $7::bigint[]
WHERE municipality = $1 AND run_id = $2 AND step = $3 AND number = $4
"""
_FOR_RANGES: Final = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_nestloop = off"
_OTHERS_OPEN: Final = """
SELECT EXISTS (SELECT FROM run_part WHERE municipality = $1 AND run_id = $2 AND step = $3 AND NOT is_done)
"""
_RUN_TOTAL: Final = """
INSERT INTO run_total (municipality, run_id, account, amount_cents)
SELECT p.municipality, p.run_id, line.account, sum(line.cents)
FROM run_part p, unnest(p.accounts, p.cents) AS line(account, cents)
WHERE p.municipality = $1 AND p.run_id = $2 GROUP BY 1, 2, 3
"""
# Relief is over when its last day is past and nothing of it is left to run.
_END_RELIEF: Final = """
UPDATE household h SET ended_on = h.last_day FROM (
    SELECT id FROM household WHERE municipality = $1 AND ended_on IS NULL AND last_day < $2
    AND next_month > to_char(last_day, 'YYYY-MM') ORDER BY id LIMIT $3 FOR UPDATE
) AS over WHERE h.municipality = $1 AND h.id = over.id RETURNING h.id
"""


async def due_months(tx: Transaction, day: date, run_day: int) -> list[str]:
    """The months for which a household waits on a day, oldest first."""
    arguments = (tx.municipality, day, month_of(day), day.day >= run_day)
    return [row[0] for row in await (await tx.driver()).fetch(_DUE_MONTHS, *arguments)]


async def first_of_pieces(tx: Transaction, run: Run, households: int, *, only_over: bool) -> list[UUID]:
    """The ids at which pieces of so many due households begin, in order."""
    arguments = due_arguments(tx, run, EVERYONE, only_over=only_over)
    return [row["id"] for row in await (await tx.driver()).fetch(_FIRST_OF_PIECES, *arguments, households)]


def due_arguments(tx: Transaction, run: Run, among: tuple[UUID, UUID], *, only_over: bool) -> tuple[Any, ...]:
    """What `IS_DUE` asks for; `among` are the lowest and the highest id of the households it is asked of."""
    return tx.municipality, run.month, run.proposed_on, month_start(run.month), only_over, *among


async def keep_runs_from_beginning(tx: Transaction) -> None:
    """No run begins until this transaction ends; to be asked before any lock, as whoever begins one asks first too."""
    await (await tx.driver()).execute("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", _files(tx))


async def begin_run(tx: Transaction) -> None:
    """Changes of files that are under way end first, and later ones wait until they can see the run."""
    await (await tx.driver()).execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _files(tx))


def _files(tx: Transaction) -> str:
    return f"files {tx.municipality}"


async def is_under_way(tx: Transaction, month: str) -> bool:
    """Whether a run of a month has begun and is neither released nor withdrawn."""
    query = "SELECT EXISTS (SELECT FROM run WHERE municipality = $1 AND month = $2 AND state <> ALL ($3::text[]))"
    return bool(await (await tx.driver()).fetchval(query, tx.municipality, month, [state.value for state in FINAL]))


async def add_run(tx: Transaction, run: Run) -> bool:
    """Keep a run; False when it is there, also by one who proposes it at this moment."""
    return await rows.add(tx, RunRow, **rows.values_of(run))


async def save_run(tx: Transaction, run: Run) -> None:
    """Write back a run that this transaction has locked, at once: the database checks a run that is closed."""
    values = rows.values_of(run)
    changed = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 3))
    statement = f"UPDATE run SET {changed} WHERE municipality = $1 AND id = $2"  # noqa: S608 - names of our own fields
    await (await tx.driver()).execute(statement, tx.municipality, run.id, *values.values())


async def run(tx: Transaction, run_id: UUID, *, lock: bool = False) -> Run | None:
    row = await rows.find(tx, RunRow, run_id, lock=lock)
    return None if row is None else rows.state_of(Run, row)


async def hold_run(tx: Transaction, run_id: UUID) -> Run | None:
    """The run, which no one changes until this transaction ends; others may hold it too."""
    query = select(RunRow).where(col(RunRow.id) == run_id).with_for_update(read=True)
    row = (await tx.session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()
    return None if row is None else rows.state_of(Run, row)


async def runs_of(tx: Transaction, month: str) -> list[Run]:
    """The runs of a month by number."""
    query = select(RunRow).where(col(RunRow.month) == month).order_by(col(RunRow.number))
    return [rows.state_of(Run, row) for row in (await tx.session.execute(query)).scalars()]


async def runs(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[Run], UUID | None]:
    """Runs, the newest month first."""
    query = select(RunRow).order_by(col(RunRow.month).desc(), col(RunRow.number).desc(), col(RunRow.id))
    if after is not None and (last := await run(tx, after)) is not None:
        here, there = (RunRow.month, RunRow.number), (last.month, last.number)
        earlier = (col(here[0]) < there[0]) | ((col(here[0]) == there[0]) & (col(here[1]) < there[1]))
        query = query.where(earlier)
    found = [rows.state_of(Run, row) for row in (await tx.session.execute(query.limit(limit + 1))).scalars()]
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def approvals(tx: Transaction, run_id: UUID) -> list[str]:
    """Who approved a run."""
    query = select(col(RunApprovalRow.subject)).where(col(RunApprovalRow.run_id) == run_id)
    return list((await tx.session.execute(query)).scalars())


async def add_approval(tx: Transaction, run_id: UUID, subject: str, on: date) -> bool:
    return await rows.add(tx, RunApprovalRow, run_id=run_id, subject=subject, approved_on=on)


async def open_parts(tx: Transaction, opened: Sequence[Part]) -> None:
    """Keep the parts of a step of one run."""
    first = opened[0]
    columns = ([one.number for one in opened], [one.from_id for one in opened], [one.until_id for one in opened])
    await (await tx.driver()).execute(_OPENED, tx.municipality, first.run_id, first.step.value, *columns)


async def open_same_parts(tx: Transaction, run_id: UUID, step: RunStep, like: RunStep) -> list[Part]:
    """Keep the parts of a step as they were for an earlier one."""
    await (await tx.driver()).execute(_SAME_PARTS, tx.municipality, run_id, step.value, like.value)
    return await parts(tx, run_id, step)


async def parts(tx: Transaction, run_id: UUID, step: RunStep) -> list[Part]:
    """The parts of a step, in order of the households' ids."""
    query = select(RunPartRow).where(col(RunPartRow.run_id) == run_id, col(RunPartRow.step) == step.value)
    found = await tx.session.execute(query.order_by(col(RunPartRow.number)))
    return [rows.state_of(Part, row) for row in found.scalars()]


async def plan_for_ranges(tx: Transaction) -> None:
    """Until the end of this transaction, plan each statement for the range of households that it is given.

    A plan made for any range looks every household up one by one, and so does one that believes a table to be as small
    as it was before the run.
    """
    await (await tx.driver()).execute(_FOR_RANGES)


async def part(tx: Transaction, run_id: UUID, step: RunStep, number: int) -> Part | None:
    """A part, locked: nobody else does it meanwhile."""
    row = await rows.find(tx, RunPartRow, run_id, step.value, number, lock=True)
    return None if row is None else rows.state_of(Part, row)


async def parts_done(tx: Transaction, run_id: UUID) -> dict[str, int]:
    """How many parts of each step are done."""
    query = (
        "SELECT step, count(*) FILTER (WHERE is_done) FROM run_part WHERE municipality = $1 AND run_id = $2 GROUP BY 1"
    )
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(query, tx.municipality, run_id)}


async def finish_part(tx: Transaction, part: Part, households: int, cents: dict[int, int]) -> bool:
    """Note that a part is done, with what it booked per account; whether it was the last one.

    Asked one by one: who asks sees every part that was finished before.
    """
    driver = await tx.driver()
    amounts = ([*cents], [*cents.values()]) if cents else (None, None)
    await driver.execute(_PART_DONE, tx.municipality, part.run_id, part.step.value, part.number, households, *amounts)
    await tx.flush_all()
    await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"run {part.run_id}")
    return not await driver.fetchval(_OTHERS_OPEN, tx.municipality, part.run_id, part.step.value)


async def keep_totals(tx: Transaction, run_id: UUID) -> None:
    """What the parts say they booked, per account; the database compares it with the ledger when the run is closed."""
    await (await tx.driver()).execute(_RUN_TOTAL, tx.municipality, run_id)


async def end_relief(tx: Transaction, day: date, limit: int) -> list[Household]:
    """Some of the households whose relief is over on a day, ended now."""
    await tx.flush()
    found = await (await tx.driver()).fetch(_END_RELIEF, tx.municipality, day, limit)
    query = select(HouseholdRow).where(col(HouseholdRow.id).in_([row["id"] for row in found]))
    ended = await tx.session.execute(query.order_by(col(HouseholdRow.id)).execution_options(populate_existing=True))
    return [rows.state_of(Household, row) for row in ended.scalars()] if found else []
