"""How far runs are and what released ones moved, for whoever watches the service."""

from services.ontzorgen import metrics
from services.ontzorgen.run.repository import progress
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def count_progress(tx: Transaction) -> Figures:
    """Count the open runs of a municipality by state, the parts of those that are worked on now, and released money."""
    open_runs, parts = await progress.count_open_runs(tx), await progress.count_parts(tx)
    released = await progress.sum_released(tx)
    waiting, done = metrics.PART_STATES
    return {
        metrics.RUNS_OPEN: {(state,): number for state, number in open_runs.items()},
        metrics.RUN_PARTS: {(step, done if is_done else waiting): n for (step, is_done), n in parts.items()},
        metrics.MONTHS_RUN: {(): released["households"]},
        metrics.RELEASED_CENTS: {(to,): released[column] for to, column in metrics.RELEASED_TO.items()},
    }
