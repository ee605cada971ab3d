"""Start money: proposed by the policy when a household opens or its charges change, and decided on by a person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from services.ontzorgen.household.handlers.file import record_grant
from services.ontzorgen.household.handlers.households import read_household
from services.ontzorgen.household.handlers.recording import lock_file, to_recorder
from services.ontzorgen.household.repository import file, situations, start_money
from services.ontzorgen.household.repository.hooks import HouseholdHooks
from services.ontzorgen.household.rules.household import Household
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.household.rules.start_money import (
    Decision,
    Proposal,
    build_decided_event,
    build_grant,
    decide_on,
    propose_start_money,
)
from services.ontzorgen.policies.handlers import ever_gives_start_money, load_law, policy_in_force
from services.ontzorgen.tasks.handlers import change_amount, complete_tasks, raise_task
from services.ontzorgen.tasks.rules import Task, TaskKind, derive_task_id
from shared.calendar import month_start, next_month
from shared.database.transactions import Transaction
from shared.errors.refusals import RefusedError
from shared.http.requests import Caller, require_found, require_role


@dataclass(frozen=True)
class StartMoney:
    """A proposal with the decision on it; None: nobody decided yet."""

    proposal: Proposal
    decision: Decision | None


async def refresh_start_money(household_id: UUID, tx: Transaction) -> None:
    """Propose what policy and charges ask for now; what was decided on stays, and so do months that were run.

    Called before the commit, when everything that changes in the file is in it and the file is locked.
    """
    if not ever_gives_start_money(tx.municipality):
        return
    (loaded,) = await situations.load_situations(tx, [household_id])
    recorded = await start_money.list_proposals(tx, household_id)
    decisions = await start_money.list_decisions(tx, household_id)
    decided = {(proposal.kind, proposal.month) for proposal in recorded if proposal.id in decisions}
    try:
        proposals = propose_start_money(
            household_id,
            loaded.situation,
            load_law(),
            lambda month: policy_in_force(tx.municipality, month_start(month)),
            decided,
        )
    except RefusedError:  # without a norm no month can be run, and the run tells who must see to that
        return
    undecided = [proposal for proposal in recorded if proposal.id not in decisions]
    await _bring_up_to_date(loaded.household, undecided, proposals, tx)


async def read_start_money(household_id: UUID, tx: Transaction) -> list[StartMoney]:
    """Return what was proposed to a household, and what was decided, to someone who may read of it."""
    await read_household(household_id, tx)
    return await _list_start_money(household_id, tx)


async def decide(household_id: UUID, decision: Decision, caller: Caller, tx: Transaction) -> StartMoney:
    """Decide on a proposal as its policy's role; what is approved is recorded as a grant like any other."""
    await file.lock_against_runs(tx)
    household = (await lock_file(household_id, tx)).household
    await refresh_start_money(household_id, tx)
    proposed = {item.proposal.id: item for item in await _list_start_money(household_id, tx)}
    item = require_found(proposed.get(decision.proposal_id), "proposal of start money")
    proposal = item.proposal
    require_role(caller, proposal.decided_by)
    first_payable = await _find_first_payable(household, tx)
    granted_cents, is_new = decide_on(proposal, item.decision, decision, first_payable=first_payable)
    if not is_new:
        return item
    recorder = to_recorder(caller)
    is_added = await start_money.add_decision(tx, household_id, decision, granted_cents, recorder)
    require_new_id(is_new=is_added, used_by="decision")
    if granted_cents:
        await record_grant(household_id, build_grant(proposal, decision, granted_cents), tx, recorder)
    await complete_tasks([_task_of(proposal).id], decision.decided_on, tx)
    tx.emit(build_decided_event(household_id, household.person_id, proposal, decision, granted_cents))
    return StartMoney(proposal, decision)


async def _bring_up_to_date(
    household: Household, undecided: Iterable[Proposal], proposals: Iterable[Proposal], tx: Transaction
) -> None:
    """Save what is proposed now for months that are still to be run; what is not proposed any more comes to nothing."""
    before = {proposal.id: proposal for proposal in undecided if proposal.month >= household.next_month}
    now = {proposal.id: proposal for proposal in proposals if proposal.month >= household.next_month}
    nothing = {proposal_id: replace(proposal, amount_cents=0) for proposal_id, proposal in before.items()}
    for proposal_id, proposal in (nothing | now).items():
        if proposal == before.get(proposal_id):
            continue
        await start_money.put_proposal(tx, household.id, proposal)
        task = _task_of(proposal)
        if proposal_id in before:
            await change_amount(task.id, task.amount_cents, tx)
        else:
            await raise_task(household.id, task, household.first_day, tx)


async def _list_start_money(household_id: UUID, tx: Transaction) -> list[StartMoney]:
    decisions = await start_money.list_decisions(tx, household_id)
    return [
        StartMoney(proposal, decisions.get(proposal.id))
        for proposal in await start_money.list_proposals(tx, household_id)
    ]


async def _find_first_payable(household: Household, tx: Transaction) -> str:
    """Return the first month of which no run has begun."""
    month = household.next_month
    return next_month(month) if await tx.hooks(HouseholdHooks).is_run_open(month, tx) else month


def _task_of(proposal: Proposal) -> Task:
    task_id = derive_task_id(proposal.id, TaskKind.START_MONEY, proposal.month)
    return Task(task_id, TaskKind.START_MONEY, proposal.month, proposal.decided_by, proposal.amount_cents)
