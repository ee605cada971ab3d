"""A month's run, step by step: proposed by someone or the calendar, and approved, sealed and released by people.

The work on households is cut into parts; a run of one part is done at once, more go to the workers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.household.handlers.recording import derive_mark
from services.ontzorgen.household.handlers.situations import lock_against_changes
from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.run.handlers.booking import release_part
from services.ontzorgen.run.handlers.months import propose_part
from services.ontzorgen.run.repository import differences, months, runs
from services.ontzorgen.run.repository.authors import find_authors
from services.ontzorgen.run.repository.differences import Differences, MonthInRun
from services.ontzorgen.run.rules import run as run_rules
from services.ontzorgen.run.rules.run import CALENDAR, FINAL, Part, Run, RunState
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.events import RunShardOpened
from shared.events.codes import RunStep
from shared.http.requests import require_found
from shared.messaging import DONE, HoldReason, Outcome, Park, Received

_STATE_DURING = {RunStep.PROPOSE: RunState.PROPOSING, RunStep.RELEASE: RunState.RELEASING}


@dataclass(frozen=True)
class RunView:
    """A run as it is shown to whoever must approve it."""

    run: Run
    approved_by: tuple[str, ...]
    parts_done: dict[str, int]
    differences: Differences


async def propose_run(month: str, on: date, proposer: str, tx: Transaction) -> Run:
    """Compute a month for every household that waits for it; ConflictError if none does or a run is open."""
    run_rules.refuse_future_month(month, on)
    policy = policy_in_force(tx.municipality, on)
    await lock_against_changes(tx)
    existing = await runs.list_runs_of_month(tx, month)
    run = run_rules.propose_run(tx.municipality, month, existing, proposer, on, 1)
    households, pieces = run_rules.size_pieces(policy.households_per_shard)
    only_ended = run_rules.takes_only_ended(run, policy.run_day)
    piece_starts = await runs.list_piece_starts(tx, run, households, only_ended=only_ended)
    run_rules.refuse_empty_run(month, piece_starts)
    bounds = run_rules.choose_part_starts(piece_starts, pieces)
    run = replace(run, parts=len(bounds))
    run_rules.refuse_second_proposal(month, is_new=await runs.add_run(tx, run))
    parts = run_rules.divide_into_parts(run, RunStep.PROPOSE, bounds[1:])
    await runs.add_parts(tx, parts)
    await _begin_parts(run, parts, policy, tx)
    return await get_run(run.id, tx)


async def approve_run(run_id: UUID, subject: str, on: date, tx: Transaction) -> Run:
    """Add an approver."""
    run = await get_run(run_id, tx, lock=True)
    approvers = await runs.list_approvers(tx, run_id)
    authors = await _find_authors(run, [*approvers, subject], tx)
    approved, event = run_rules.approve_run(run, approvers, subject, authors)
    await runs.add_approval(tx, run_id, subject, on)
    await runs.save_run(tx, approved)
    tx.emit(event)
    return approved


async def seal_run(run_id: UUID, on: date, tx: Transaction) -> Run:
    """Fix what will be paid."""
    run = await get_run(run_id, tx, lock=True)
    sealed, event = run_rules.seal_run(run, await _hash_content(run, tx), on)
    await runs.save_run(tx, sealed)
    tx.emit(event)
    return sealed


async def release_run(run_id: UUID, subject: str, on: date, tx: Transaction) -> Run:
    """Book a sealed run, on no day before that of an earlier step; its payments are released when all is booked."""
    run = await get_run(run_id, tx, lock=True)
    on = max(on, run.proposed_on, run.sealed_on or on)  # which account of a creditor is paid follows from it
    content_sha256 = await _hash_content(run, tx) if run.state is RunState.SEALED else ""
    approvers = await runs.list_approvers(tx, run_id)
    releasing = run_rules.release_run(run, content_sha256, on, approvers, subject)
    await runs.save_run(tx, releasing)
    parts = await runs.copy_parts(tx, run_id, RunStep.RELEASE, RunStep.PROPOSE)
    await _begin_parts(releasing, parts, policy_in_force(tx.municipality, run.proposed_on), tx)
    return await get_run(run_id, tx)


async def withdraw_run(run_id: UUID, on: date, tx: Transaction) -> Run:
    """Withdraw a proposal and delete every month in it."""
    run = await get_run(run_id, tx, lock=True)
    withdrawn = run_rules.withdraw_run(run, on)
    await runs.save_run(tx, withdrawn)
    await months.delete_months(tx, run)
    return withdrawn


async def list_runs(after: UUID | None, limit: int, tx: Transaction) -> tuple[list[Run], UUID | None]:
    """Return runs, the newest month first, and the id to continue after."""
    return await runs.list_runs(tx, after, limit)


async def view_run(run_id: UUID, tx: Transaction) -> RunView:
    """Return a run with its approvers, the parts done, and how it differs from the month before."""
    run = await get_run(run_id, tx)
    approved_by = tuple(await runs.list_approvers(tx, run_id))
    parts_done = await runs.count_parts_done(tx, run_id)
    return RunView(run, approved_by, parts_done, await differences.compare_with_month_before(tx, run))


async def list_months_in_run(
    run_id: UUID, after: UUID | None, limit: int, tx: Transaction, *, only_changed: bool
) -> tuple[list[MonthInRun], UUID | None]:
    """Return households of a run by id with their months, and the id to continue after."""
    run = await get_run(run_id, tx)
    return await differences.list_months_in_run(tx, run, after, limit, only_changed=only_changed)


async def get_run(run_id: UUID, tx: Transaction, *, lock: bool = False) -> Run:
    """Return a run; with `lock` nobody else changes it until the transaction ends."""
    return require_found(await runs.find_run(tx, run_id, lock=lock), "run")


async def is_run_open(month: str, tx: Transaction) -> bool:
    """Return whether a run of a month has begun and is neither released nor withdrawn."""
    return await runs.is_run_open(tx, month)


async def propose_due_months(day: date, tx: Transaction) -> None:
    """Propose every month that households wait for, oldest first, unless a run of it is open: the calendar's work."""
    run_day = policy_in_force(tx.municipality, day).run_day
    await lock_against_changes(tx)  # whoever proposes at this moment has done so when this looks
    looked_at: set[str] = set()
    while due := [month for month in await runs.list_due_months(tx, day, run_day) if month not in looked_at]:
        looked_at.add(due[0])
        if all(run.state in FINAL for run in await runs.list_runs_of_month(tx, due[0])):
            await propose_run(due[0], day, CALENDAR, tx)


async def on_shard_opened(received: Received[RunShardOpened], tx: Transaction) -> Outcome:
    """Work on one part of a run; if it is done, or its run was withdrawn, there is nothing to do."""
    opened = received.data
    part = await runs.lock_part(tx, opened.run_id, opened.step, opened.number)
    run = await runs.find_run_shared(tx, opened.run_id)
    if part is None or run is None:
        return Park(HoldReason.REFUSED, "There is no such part of a run: discard the event.")
    if part.is_done or run.state is not _STATE_DURING[opened.step]:
        return DONE
    try:
        await _work_on(run, part, policy_in_force(tx.municipality, run.proposed_on), tx)
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    return DONE


async def _find_authors(run: Run, subjects: Sequence[str], tx: Transaction) -> set[str]:
    """Return those of these people who entered or changed something that a run pays."""
    marks = {subject: derive_mark(tx.municipality, subject) for subject in subjects}
    return await find_authors(tx, run, marks)


async def _hash_content(run: Run, tx: Transaction) -> str:
    return await months.hash_content(tx, run, await runs.list_parts(tx, run.id, RunStep.PROPOSE))


async def _begin_parts(run: Run, parts: list[Part], policy: ReliefPolicy, tx: Transaction) -> None:
    if len(parts) == 1:
        await _work_on(run, parts[0], policy, tx)
    else:
        tx.emit(*(run_rules.shard_opened_event(run, part) for part in parts))


async def _work_on(run: Run, part: Part, policy: ReliefPolicy, tx: Transaction) -> None:
    """Do a part; whoever does the last one takes the run a step further."""
    cents: dict[int, int] = {}
    if part.step is RunStep.PROPOSE:
        households = await propose_part(run, part, policy, tx)
    else:
        households, cents = await release_part(run, part, tx)
    if not await runs.finish_part(tx, part, households, cents):
        return
    run = await get_run(run.id, tx, lock=True)
    if part.step is RunStep.PROPOSE:
        await _complete_proposal(run, policy, tx)
    else:
        await _complete_release(run, tx)


async def _complete_proposal(run: Run, policy: ReliefPolicy, tx: Transaction) -> None:
    totals = await months.sum_months(tx, run)
    today = max(await runs.read_today(tx), run.proposed_on)
    policies = policy, policy_in_force(tx.municipality, today)  # no proposer chooses one by the day of the proposal
    required = max(each.count_approvers_required(totals.total_cents) for each in policies)
    proposed, event = run_rules.complete_proposal(run, totals, required)
    await runs.save_run(tx, proposed)
    tx.emit(event)


async def _complete_release(run: Run, tx: Transaction) -> None:
    await runs.save_totals(tx, run.id)
    released, event = run_rules.complete_release(run)
    await runs.save_run(tx, released)
    tx.emit(event)
    if run.proposer == CALENDAR:
        await propose_due_months(run.proposed_on, tx)
