"""The queries of decisions on weekly or monthly money."""

from uuid import UUID

from services.ontzorgen.household.handlers.situations import mark_file_changed
from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision
from services.ontzorgen.independence.tables.money_decisions import MoneyDecisionRow
from shared.database.transactions import Transaction


async def add_decision(tx: Transaction, decision: MoneyDecision) -> bool:
    """Add a decision, from which the household's months follow; False if its id is in use."""
    is_new = await records.add(tx, MoneyDecisionRow, decision)
    if is_new:
        mark_file_changed(decision.household_id, tx)
    return is_new


async def list_decisions(tx: Transaction, household_id: UUID) -> list[MoneyDecision]:
    """Return a household's decisions in the order of recording."""
    return await records.list_states(tx, MoneyDecisionRow, MoneyDecision, household_id=household_id)
