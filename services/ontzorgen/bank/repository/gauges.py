"""What waits in a municipality now: runs and their parts, runs without a file for the bank, tasks."""

from typing import Final, NamedTuple

from shared.database.transactions import Transaction

# Runs are few, parts are found by their run, open tasks have an index of their own: no table is read from end to end.
_WAITING: Final = """
SELECT 'run' AS what, state AS kind, '' AS state, count(*) AS number FROM run
WHERE municipality = $1 AND state NOT IN ('released', 'withdrawn') GROUP BY state
UNION ALL
SELECT 'part', part.step, CASE WHEN part.is_done THEN 'done' ELSE 'waiting' END, count(*)
FROM run JOIN run_part part ON part.municipality = run.municipality AND part.run_id = run.id
WHERE run.municipality = $1 AND (run.state, part.step) IN (('proposing', 'propose'), ('releasing', 'release'))
GROUP BY 2, 3
UNION ALL
SELECT 'without_file', '', '', count(*) FROM run
WHERE municipality = $1 AND state = 'released' AND payments > 0 AND NOT EXISTS (
    SELECT FROM payment_file sent WHERE sent.municipality = run.municipality AND sent.run_id = run.id)
UNION ALL
SELECT 'task', kind, '', count(*) FROM task WHERE municipality = $1 AND done_on IS NULL GROUP BY kind
"""


class Waiting(NamedTuple):
    """So many of something; `what` is run, part, without_file or task."""

    what: str
    kind: str
    state: str
    number: int


async def waiting(tx: Transaction) -> list[Waiting]:
    """What waits in the transaction's municipality; what there is none of is left out."""
    return [Waiting(*row) for row in await (await tx.driver()).fetch(_WAITING, tx.municipality)]
