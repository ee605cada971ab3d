"""A month's run, step by step: proposed, approved, sealed, released; by people, or by the calendar where no eyes are
asked for. The work on households is cut into parts; a run of one part is done at once, more go to the workers.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.ontzorgen.policies.handlers import policy_in_force
from services.ontzorgen.policies.rules.relief import ReliefPolicy
from services.ontzorgen.run.handlers.booking import release_part
from services.ontzorgen.run.handlers.months import only_over, propose_part
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.repository import runs as repository
from services.ontzorgen.run.repository.differences import Differences, differences
from services.ontzorgen.run.rules import run as rules
from services.ontzorgen.run.rules.run import CALENDAR, Part, Run, RunState
from shared.calendar import month_of
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, Fault, RefusedError, WrongInputError
from shared.events import RunShardOpened
from shared.events.codes import RunStep
from shared.http.requests import not_found
from shared.messaging import DONE, HoldReason, Outcome, Park, Received

_WORKED_ON = {RunStep.PROPOSE: RunState.PROPOSING, RunStep.RELEASE: RunState.RELEASING}


@dataclass(frozen=True)
class RunView:
    """A run as it is shown to whoever must approve it."""

    run: Run
    approved_by: tuple[str, ...]
    parts_done: dict[str, int]
    differences: Differences


async def propose(month: str, on: date, proposer: str, tx: Transaction) -> Run:
    """Compute a month for every household that waits for it; ConflictError when none does or a run is open."""
    if month > month_of(on):
        sentence = "This month has not begun yet: propose it from its run day on."
        raise WrongInputError(Fault("month", "not_begun", sentence))
    policy = policy_in_force(tx.municipality, on)
    await repository.begin_run(tx)
    asked = rules.propose(tx.municipality, month, await repository.runs_of(tx, month), proposer, on, 1)
    households, pieces = rules.pieces_of(policy.households_per_shard)
    found = await repository.first_of_pieces(tx, asked, households, only_over=only_over(asked, policy))
    if not found:
        raise ConflictError(f"No household waits for {month}: nothing is left to run.")
    bounds = rules.first_of_parts(found, pieces)
    asked = replace(asked, parts=len(bounds))
    if not await repository.add_run(tx, asked):
        raise ConflictError(f"Someone else proposes {month} at this moment: look at their run.")
    parts = rules.parts_of(asked, RunStep.PROPOSE, bounds[1:])
    await repository.open_parts(tx, parts)
    await _begin(asked, parts, policy, tx)
    return await known(asked.id, tx)


async def approve(run_id: UUID, subject: str, on: date, tx: Transaction) -> Run:
    """Another pair of eyes."""
    run = await known(run_id, tx, lock=True)
    approved, told = rules.approve(run, await repository.approvals(tx, run_id), subject)
    await repository.add_approval(tx, run_id, subject, on)
    await repository.save_run(tx, approved)
    tx.emit(told)
    return approved


async def seal(run_id: UUID, on: date, tx: Transaction) -> Run:
    """Fix what will be paid."""
    run = await known(run_id, tx, lock=True)
    sealed, told = rules.seal(run, await _content_sha256(run, tx), on)
    await repository.save_run(tx, sealed)
    tx.emit(told)
    return sealed


async def release(run_id: UUID, on: date, tx: Transaction) -> Run:
    """Book it; the payments are released when every part is booked."""
    run = await known(run_id, tx, lock=True)
    content_sha256 = await _content_sha256(run, tx) if run.state is RunState.SEALED else ""
    releasing = rules.release(run, content_sha256, on)
    await repository.save_run(tx, releasing)
    parts = await repository.open_same_parts(tx, run_id, RunStep.RELEASE, RunStep.PROPOSE)
    await _begin(releasing, parts, policy_in_force(tx.municipality, run.proposed_on), tx)
    return await known(run_id, tx)


async def _content_sha256(run: Run, tx: Transaction) -> str:
    return await months.content_sha256(tx, run, await repository.parts(tx, run.id, RunStep.PROPOSE))


async def withdraw(run_id: UUID, on: date, tx: Transaction) -> Run:
    """Let go of a proposal and of every month in it."""
    run = await known(run_id, tx, lock=True)
    withdrawn = rules.withdraw(run, on)
    await repository.save_run(tx, withdrawn)
    await months.remove(tx, run)
    return withdrawn


async def read(run_id: UUID, tx: Transaction) -> RunView:
    run = await known(run_id, tx)
    approved_by = tuple(await repository.approvals(tx, run_id))
    return RunView(run, approved_by, await repository.parts_done(tx, run_id), await differences(tx, run))


async def known(run_id: UUID, tx: Transaction, *, lock: bool = False) -> Run:
    run = await repository.run(tx, run_id, lock=lock)
    if run is None:
        raise not_found("run")
    return run


async def propose_due(day: date, tx: Transaction) -> None:
    """What the calendar does: propose every month that households wait for, oldest first, where no run is open."""
    run_day = policy_in_force(tx.municipality, day).run_day
    await repository.begin_run(tx)  # whoever proposes at this moment has done so when this looks
    seen: set[str] = set()
    while new := [month for month in await repository.due_months(tx, day, run_day) if month not in seen]:
        seen.add(new[0])
        if all(known.state in rules.FINAL for known in await repository.runs_of(tx, new[0])):
            await propose(new[0], day, CALENDAR, tx)


async def on_shard_opened(received: Received[RunShardOpened], tx: Transaction) -> Outcome:
    """One part of a run; one that is done, or whose run was withdrawn, needs nothing more."""
    told = received.data
    part = await repository.part(tx, told.run_id, told.step, told.number)
    run = await repository.hold_run(tx, told.run_id)
    if part is None or run is None:
        return Park(HoldReason.REFUSED, "There is no such part of a run: discard the event.")
    if part.is_done or run.state is not _WORKED_ON[told.step]:
        return DONE
    try:
        await _work(run, part, policy_in_force(tx.municipality, run.proposed_on), tx)
    except RefusedError as refusal:
        return Park(HoldReason.REFUSED, str(refusal))
    return DONE


async def _begin(run: Run, parts: list[Part], policy: ReliefPolicy, tx: Transaction) -> None:
    if len(parts) == 1:
        await _work(run, parts[0], policy, tx)
    else:
        tx.emit(*(rules.opened(run, part) for part in parts))


async def _work(run: Run, part: Part, policy: ReliefPolicy, tx: Transaction) -> None:
    """Do a part; whoever does the last one takes the run a step further."""
    cents: dict[int, int] = {}
    if part.step is RunStep.PROPOSE:
        households = await propose_part(run, part, policy, tx)
    else:
        households, cents = await release_part(run, part, tx)
    if not await repository.finish_part(tx, part, households, cents):
        return
    run = await known(run.id, tx, lock=True)
    if part.step is RunStep.PROPOSE:
        await _proposed(run, policy, tx)
    else:
        await _released(run, tx)


async def _proposed(run: Run, policy: ReliefPolicy, tx: Transaction) -> None:
    totals = await months.totals(tx, run)
    ready, told = rules.proposed(run, totals, policy.count_approvers_required(totals.total_cents))
    await repository.save_run(tx, ready)
    tx.emit(told)
    if ready.state is RunState.APPROVED:
        await seal(run.id, run.proposed_on, tx)
        await release(run.id, run.proposed_on, tx)


async def _released(run: Run, tx: Transaction) -> None:
    await repository.keep_totals(tx, run.id)
    closed, told = rules.released(run)
    await repository.save_run(tx, closed)
    tx.emit(told)
    if run.proposer == CALENDAR:
        await propose_due(run.proposed_on, tx)
