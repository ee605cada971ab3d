"""The queries of how far runs are: open runs by state, and the parts of those that are worked on now."""

from typing import Final

from shared.database.transactions import Transaction

# Runs are few, and parts are found by their run: no table is read from end to end.
_OPEN_RUNS: Final = """
SELECT state, count(*) FROM run WHERE municipality = $1 AND state NOT IN ('released', 'withdrawn') GROUP BY state
"""
_PARTS: Final = """
SELECT part.step, part.is_done, count(*)
FROM run JOIN run_part part ON part.municipality = run.municipality AND part.run_id = run.id
WHERE run.municipality = $1 AND (run.state, part.step) IN (('proposing', 'propose'), ('releasing', 'release'))
GROUP BY 1, 2
"""

_RELEASED: Final = """
SELECT coalesce(sum(households), 0)::bigint AS households, coalesce(sum(deducted_cents), 0)::bigint AS deducted_cents,
    coalesce(sum(remainder_cents), 0)::bigint AS remainder_cents,
    coalesce(sum(attachment_cents), 0)::bigint AS attachment_cents,
    coalesce(sum(set_off_cents), 0)::bigint AS set_off_cents,
    coalesce(sum(holiday_paid_cents), 0)::bigint AS holiday_paid_cents,
    coalesce(sum(holiday_handed_over_cents), 0)::bigint AS holiday_handed_over_cents
FROM run WHERE municipality = $1 AND state = 'released'
"""


async def count_open_runs(tx: Transaction) -> dict[str, int]:
    """Count the runs that are neither released nor withdrawn, by state; a state without one is left out."""
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(_OPEN_RUNS, tx.municipality)}


async def count_parts(tx: Transaction) -> dict[tuple[str, bool], int]:
    """Count the parts of the runs that are computed or booked now, by step and whether they are done."""
    return {(row[0], row[1]): row[2] for row in await (await tx.driver()).fetch(_PARTS, tx.municipality)}


async def sum_released(tx: Transaction) -> dict[str, int]:
    """Add up the households and the cents of the released runs, by column."""
    return dict(await (await tx.driver()).fetchrow(_RELEASED, tx.municipality) or {})
