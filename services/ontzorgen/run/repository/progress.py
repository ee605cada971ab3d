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


async def count_open_runs(tx: Transaction) -> dict[str, int]:
    """Count the runs that are neither released nor withdrawn, by state; a state without one is left out."""
    return {row[0]: row[1] for row in await (await tx.driver()).fetch(_OPEN_RUNS, tx.municipality)}


async def count_parts(tx: Transaction) -> dict[tuple[str, bool], int]:
    """Count the parts of the runs that are computed or booked now, by step and whether they are done."""
    return {(row[0], row[1]): row[2] for row in await (await tx.driver()).fetch(_PARTS, tx.municipality)}
