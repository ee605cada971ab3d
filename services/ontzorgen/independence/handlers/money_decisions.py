"""Weekly or monthly money is decided on together."""

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.household.rules.recorder import require_new_id
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import money_decisions
from services.ontzorgen.independence.rules.money_decisions import MoneyDecision, decide_money
from shared.database.transactions import Transaction


async def record_decision(decision: MoneyDecision, tx: Transaction) -> MoneyDecision:
    """Record a decision, which changes the household's months from now on. The same twice is recorded once."""
    household = await get_household(decision.household_id, tx)
    earlier = await money_decisions.list_decisions(tx, household.id)
    if decide_money(earlier, decision, find_policy(decision.decided_on, tx)):
        require_new_id(is_new=await money_decisions.add_decision(tx, decision))
    return decision
