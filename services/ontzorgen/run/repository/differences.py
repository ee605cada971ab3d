"""How a run differs from the month before: who came, who went, whose amounts changed, and by how much in all."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.ontzorgen.run.rules.run import Run
from shared.calendar import add_months, month_of, month_start
from shared.database.transactions import Transaction

_SAME: Final = "b.municipality = s.municipality AND b.month = $4 AND b.household_id = s.household_id"
_CHANGED: Final = """
(s.deducted_cents, s.remainder_cents, s.shortfall_cents, s.attachment_cents, s.holiday_paid_cents,
    s.holiday_handed_over_cents)
IS DISTINCT FROM (b.deducted_cents, b.remainder_cents, b.shortfall_cents, b.attachment_cents, b.holiday_paid_cents,
    b.holiday_handed_over_cents)
"""
_COUNT: Final = f"""
SELECT count(*) FILTER (WHERE b.household_id IS NULL) AS new,
    count(*) FILTER (WHERE b.household_id IS NOT NULL AND {_CHANGED}) AS changed,
    coalesce(sum(s.deducted_cents - coalesce(b.deducted_cents, 0)), 0)::bigint AS deducted_cents,
    coalesce(sum(s.remainder_cents - coalesce(b.remainder_cents, 0)), 0)::bigint AS remainder_cents,
    coalesce(sum(s.shortfall_cents - coalesce(b.shortfall_cents, 0)), 0)::bigint AS shortfall_cents
FROM statement s LEFT JOIN statement b ON {_SAME}
WHERE s.municipality = $1 AND s.month = $2 AND s.run_id = $3
"""  # noqa: S608 - our own text
_GONE: Final = """
SELECT count(*) FROM statement b WHERE b.municipality = $1 AND b.month = $3 AND NOT EXISTS (
    SELECT FROM statement s WHERE s.municipality = $1 AND s.month = $2 AND s.household_id = b.household_id
)
"""
_MONTHS: Final = f"""
SELECT s.household_id, s.status, s.deducted_cents, s.remainder_cents, s.shortfall_cents, s.correction_cents,
    b.deducted_cents AS deducted_before_cents, b.remainder_cents AS remainder_before_cents,
    b.shortfall_cents AS shortfall_before_cents, coalesce(s.attachment_cents, 0) AS attachment_cents,
    coalesce(s.holiday_paid_cents, 0) AS holiday_paid_cents,
    coalesce(s.holiday_handed_over_cents, 0) AS holiday_handed_over_cents
FROM statement s LEFT JOIN statement b ON {_SAME}
WHERE s.municipality = $1 AND s.month = $2 AND s.run_id = $3 AND ($5::uuid IS NULL OR s.household_id > $5)
AND (NOT $6::boolean OR {_CHANGED}) ORDER BY s.household_id LIMIT $7
"""  # noqa: S608 - our own text


@dataclass(frozen=True)
class Differences:
    """How a run differs from the month before; `gone` had that month and have no month in any run of this one."""

    month_before: str
    new: int
    gone: int
    changed: int
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int


@dataclass(frozen=True)
class MonthInRun:
    """One household's month in a run, with the month before."""

    household_id: UUID
    status: str
    deducted_cents: int
    remainder_cents: int
    shortfall_cents: int
    correction_cents: int
    deducted_before_cents: int | None
    remainder_before_cents: int | None
    shortfall_before_cents: int | None
    attachment_cents: int
    holiday_paid_cents: int
    holiday_handed_over_cents: int


async def compare_with_month_before(tx: Transaction, run: Run) -> Differences:
    """Count the differences over the months of the run."""
    await tx.flush()
    driver, before = await tx.driver(), _month_before(run.month)
    counted = await driver.fetchrow(_COUNT, tx.municipality, run.month, run.id, before)
    gone = await driver.fetchval(_GONE, tx.municipality, run.month, before)
    return Differences(before, gone=gone, **dict(counted or {}))


async def list_months_in_run(
    tx: Transaction, run: Run, after: UUID | None, limit: int, *, only_changed: bool
) -> tuple[list[MonthInRun], UUID | None]:
    """Return households of a run by id, and the id to continue after."""
    arguments = (tx.municipality, run.month, run.id, _month_before(run.month), after, only_changed, limit + 1)
    months = [MonthInRun(**dict(row)) for row in await (await tx.driver()).fetch(_MONTHS, *arguments)]
    return months[:limit], months[limit - 1].household_id if len(months) > limit else None


def _month_before(month: str) -> str:
    return month_of(add_months(month_start(month), -1))
