"""What a day brings in ontzorgen."""

from collections.abc import Sequence
from functools import partial

from services.ontzorgen import domain, metrics
from services.ontzorgen.domain import MonthsRun
from services.ontzorgen.policies import policy_of
from services.ontzorgen.policies.law import the_law
from services.ontzorgen.repository import runs as repository
from shared.counting import count_on_commit
from shared.database import Transaction
from shared.events import DayStarted, ReliefEnded
from shared.messaging import DONE, Outcome, Received

CHUNK_HOUSEHOLDS = 200
_ledger_sums_cents: dict[str, int] = {}


async def on_day_started(received: Received[DayStarted], tx: Transaction) -> Outcome:
    """Run every due month of every household, in chunks by id; a household is locked while its months are run."""
    day = received.data.date
    policy = policy_of(received.municipality, day)
    due = await repository.count_due(tx, day, policy.run_day)
    if not due:
        return DONE
    metrics.RUN_HOUSEHOLDS.labels("due").set(due)
    metrics.RUN_HOUSEHOLDS.labels("run").set(0)
    after = None
    while files := await repository.due_files(tx, day, policy.run_day, after=after, limit=CHUNK_HOUSEHOLDS):
        run = partial(domain.run_months, law=the_law(), run_day=policy.run_day, conventions=policy.conventions)
        runs = [run(file, day) for file in files]
        await repository.keep_runs(tx, runs, day)
        tx.emit(*(fact for one in runs for fact in one.told))
        _count(tx, runs)
        after = files[-1].household.id
    await _watch_ledger(tx)
    return DONE


def _count(tx: Transaction, runs: Sequence[MonthsRun]) -> None:
    """Progress shows at once; what was done counts when it is committed."""
    metrics.RUN_HOUSEHOLDS.labels("due").dec(len(runs))
    metrics.RUN_HOUSEHOLDS.labels("run").inc(len(runs))
    months = [month for run in runs for month in run.statements]
    ended = sum(isinstance(fact, ReliefEnded) for run in runs for fact in run.told)
    kinds = [task.kind for run in runs for task in run.tasks]

    def counted() -> None:
        metrics.MONTHS_RUN.inc(len(months))
        metrics.DEDUCTED_CENTS.inc(sum(month.deducted_cents for month in months))
        metrics.SHORTFALLS.inc(sum(month.shortfall_cents > 0 for month in months))
        metrics.RELIEF_ENDED.inc(ended)
        for kind in kinds:
            metrics.TASKS_RAISED.labels(kind).inc()

    count_on_commit(tx, counted)


async def _watch_ledger(tx: Transaction) -> None:
    """Every municipality's ledger sums to zero; one that does not is not hidden by another that errs the other way."""
    _ledger_sums_cents[tx.municipality] = await repository.ledger_sum_cents(tx)
    metrics.LEDGER_SUM_CENTS.set(sum(abs(amount) for amount in _ledger_sums_cents.values()))
