"""The queries of released runs: a run as far as paying it goes, and its months some households at a time."""

from typing import Final
from uuid import UUID

from services.ontzorgen.run.repository.month_content import read_month
from services.ontzorgen.run.repository.months import MONTH_COLUMNS, MONTH_TABLES
from services.ontzorgen.run.rules.released_runs import ReleasedMonth, ReleasedRun, list_paid_lines
from shared.database.transactions import Transaction

_RUN: Final = "SELECT month, state, released_on FROM run WHERE municipality = $1 AND id = $2"
_MONTHS: Final = f"""
SELECT {MONTH_COLUMNS} FROM {MONTH_TABLES}
WHERE s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND ($4::uuid IS NULL OR s.household_id > $4)
ORDER BY s.household_id LIMIT $5
"""  # noqa: S608 - names of our own columns


async def find_released_run(tx: Transaction, run_id: UUID) -> ReleasedRun | None:
    """Return the run; None if there is no such run."""
    row = await (await tx.driver()).fetchrow(_RUN, tx.municipality, run_id)
    if row is None:
        return None
    return ReleasedRun(run_id, row["month"], row["state"] == "released", row["released_on"])


async def list_released_months(
    tx: Transaction, run: ReleasedRun, *, after: UUID | None, households_max: int
) -> list[ReleasedMonth]:
    """Return what the run pays for at most so many households, by id, from the one after `after` on."""
    rows = await (await tx.driver()).fetch(_MONTHS, tx.municipality, run.month, run.id, after, households_max)
    months = [read_month(row) for row in rows]
    return [
        ReleasedMonth(month.household_id, tuple(list_paid_lines(month.statement)), month.paid_cents) for month in months
    ]
