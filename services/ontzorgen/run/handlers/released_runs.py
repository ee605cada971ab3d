"""What a released run pays, for whoever takes it to the bank."""

from uuid import UUID

from services.ontzorgen.run.repository import released_runs
from services.ontzorgen.run.rules.released_runs import ReleasedMonth, ReleasedRun, require_released
from shared.database.transactions import Transaction
from shared.http.requests import require_found


async def get_released_run(run_id: UUID, tx: Transaction) -> ReleasedRun:
    """Return the run; ConflictError if it is not released."""
    run = require_found(await released_runs.find_released_run(tx, run_id), "run")
    require_released(run)
    return run


async def list_released_months(
    run: ReleasedRun, tx: Transaction, *, after: UUID | None, households_max: int
) -> list[ReleasedMonth]:
    """Return what the run pays, some households at a time; none once all were returned."""
    return await released_runs.list_released_months(tx, run, after=after, households_max=households_max)
