"""How far runs are, for whoever watches the service."""

from services.ontzorgen import metrics
from services.ontzorgen.metrics import GaugeCounts
from services.ontzorgen.run.repository import progress
from services.ontzorgen.run.rules.run import FINAL, RunState
from shared.database.transactions import Transaction
from shared.events.codes import RunStep


async def count_progress(tx: Transaction) -> GaugeCounts:
    """Count the open runs of a municipality by state, and the parts of those that are worked on now."""
    runs, parts = await progress.count_open_runs(tx), await progress.count_parts(tx)
    open_runs: GaugeCounts = {
        (metrics.RUNS_OPEN, (state.value,)): runs.get(state.value, 0) for state in RunState if state not in FINAL
    }
    run_parts: GaugeCounts = {
        (metrics.RUN_PARTS, (step.value, label)): parts.get((step.value, is_done), 0)
        for step in RunStep
        for label, is_done in (("waiting", False), ("done", True))
    }
    return {**open_runs, **run_parts}
