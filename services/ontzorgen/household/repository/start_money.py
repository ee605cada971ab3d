"""Every query on proposed start money and the decisions on it."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.household.rules.recorder import Recorder
from services.ontzorgen.household.rules.start_money import Decision, Proposal
from services.ontzorgen.household.tables.start_money import StartMoneyDecisionRow, StartMoneyProposalRow
from shared.database import rows
from shared.database.transactions import Transaction


async def list_proposals(tx: Transaction, household_id: UUID) -> list[Proposal]:
    """Return what was proposed to a household, in order of months."""
    query = (
        select(StartMoneyProposalRow)
        .where(col(StartMoneyProposalRow.household_id) == household_id)
        .order_by(col(StartMoneyProposalRow.month), col(StartMoneyProposalRow.kind))
        .execution_options(populate_existing=True)
    )
    return [rows.to_state(Proposal, row) for row in (await tx.session.execute(query)).scalars()]


async def list_decisions(tx: Transaction, household_id: UUID) -> dict[UUID, Decision]:
    """Return what was decided on a household's start money, by proposal."""
    query = select(StartMoneyDecisionRow).where(col(StartMoneyDecisionRow.household_id) == household_id)
    decisions = [rows.to_state(Decision, row) for row in (await tx.session.execute(query)).scalars()]
    return {decision.proposal_id: decision for decision in decisions}


async def put_proposal(tx: Transaction, household_id: UUID, proposal: Proposal) -> None:
    """Add a proposal, or bring one that nobody decided on up to date."""
    await rows.put(tx, StartMoneyProposalRow, household_id=household_id, **rows.to_values(proposal))


async def add_decision(
    tx: Transaction, household_id: UUID, decision: Decision, granted_cents: int, recorder: Recorder
) -> bool:
    """Record a decision; False if its id or its proposal has one."""
    return await rows.add(
        tx,
        StartMoneyDecisionRow,
        household_id=household_id,
        granted_cents=granted_cents,
        recorded_role=recorder.role,
        recorded_by=recorder.by,
        **rows.to_values(decision),
    )
