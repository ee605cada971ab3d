"""What an operator must see waiting, counted over all municipalities served whenever the metrics are asked for.

Read from the database, so that every process shows the same and a process that died leaves no figure behind.
"""

from collections import Counter
from collections.abc import Sequence

from services.ontzorgen import metrics
from services.ontzorgen.bank.repository.gauges import waiting
from services.ontzorgen.run.rules.run import FINAL, RunState
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.transactions import Database
from shared.events.codes import RunStep

_PART_STATES = ("waiting", "done")


async def measure(database: Database, municipalities: Sequence[str]) -> None:
    """Count what waits and set the gauges; what there is none of is 0."""
    counted: Counter[tuple[str, str, str]] = Counter()
    async with database.transaction(municipalities[0]) as tx:
        for municipality in municipalities:
            await tx.use_municipality(municipality)
            for what, kind, state, number in await waiting(tx):
                counted[what, kind, state] += number
    for run_state in RunState:
        if run_state not in FINAL:
            metrics.RUNS_OPEN.labels(run_state.value).set(counted["run", run_state.value, ""])
    for step in RunStep:
        for part_state in _PART_STATES:
            metrics.RUN_PARTS.labels(step.value, part_state).set(counted["part", step.value, part_state])
    metrics.RUNS_WITHOUT_FILE.set(counted["without_file", "", ""])
    for task_kind in TaskKind:
        metrics.TASKS_OPEN.labels(task_kind.value).set(counted["task", task_kind.value, ""])
