"""What ontzorgen does, one function per command or event: load, decide, save, emit."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from services.ontzorgen import domain, metrics
from services.ontzorgen.domain import Charge, HouseholdFile, Mandate, MonthsRun
from services.ontzorgen.policies import policy_of
from services.ontzorgen.policies.law import the_law
from services.ontzorgen.repository import households as repository
from services.ontzorgen.tables import TaskRow
from shared.counting import count_on_commit
from shared.database import Transaction
from shared.events import DayStarted, PIPSigned, ReliefEnded
from shared.http import Caller, not_found
from shared.messaging import DONE, HoldReason, Outcome, Park, Received
from shared.refusals import ConflictError, RefusedError

CHUNK_HOUSEHOLDS = 200
_ID_IN_USE = "This id is in use for another household: send a new id."
_ledger_sums_cents: dict[str, int] = {}


async def on_pip_signed(received: Received[PIPSigned], tx: Transaction) -> Outcome:
    """Relief starts once per household: a partner's plan names the same household and changes nothing."""
    if not received.data.relief_agreed:
        return DONE
    try:
        household, started = domain.start_relief(received.data, the_law())
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    if await repository.add_household(tx, household):
        tx.emit(started)
        count_on_commit(tx, metrics.RELIEF_STARTED.inc)
    return DONE


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


async def add_charge(household_id: UUID, charge: Charge, tx: Transaction) -> Charge:
    file = await _locked(household_id, tx)
    if domain.add_charge(file.charges, charge) and not await repository.add_charge(tx, household_id, charge):
        raise ConflictError(_ID_IN_USE)
    return charge


async def add_mandate(household_id: UUID, mandate: Mandate, tx: Transaction) -> Mandate:
    file = await _locked(household_id, tx)
    told = domain.add_mandate(household_id, file.household.person_id, file.mandates, mandate)
    if told and not await repository.add_mandate(tx, household_id, mandate):
        raise ConflictError(_ID_IN_USE)
    tx.emit(*told)
    return next((known for known in file.mandates if known.id == mandate.id), mandate)


async def revoke_mandate(household_id: UUID, mandate_id: UUID, on: date, tx: Transaction) -> Mandate:
    await _locked(household_id, tx)
    mandate = await repository.mandate(tx, household_id, mandate_id)
    if mandate is None:
        raise not_found("mandate")
    revoked = domain.revoke(mandate, on)
    await repository.save(tx, revoked)
    return revoked


async def complete_task(task_id: UUID, done_on: date, tx: Transaction) -> TaskRow:
    task = await repository.task(tx, task_id, lock=True)
    if task is None:
        raise not_found("task")
    if task.done_on not in (None, done_on):
        raise ConflictError(f"This task was done on {task.done_on} already: nothing is left to do.")
    task.done_on = done_on
    return task


async def read_file(household_id: UUID, reader: Caller, tx: Transaction) -> HouseholdFile:
    """A household's file, for whoever may read it; the reading is put on record."""
    file = await repository.file_of(tx, household_id)
    if file is None:
        raise not_found("household")
    await repository.log_reading(tx, reader, file.household.person_id)
    return file


async def _locked(household_id: UUID, tx: Transaction) -> HouseholdFile:
    file = await repository.file_of(tx, household_id, lock=True)
    if file is None:
        raise not_found("household")
    return file


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
