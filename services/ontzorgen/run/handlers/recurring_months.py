"""What a run reads of a household is derived when its file changes, so that the run of all households need not do it.

That is its situation, and the charges of the months ahead if these recur unchanged. A run derives by itself what is
not there, or what was derived under other terms than those in force by then.
"""

from typing import Final
from uuid import UUID

from services.ontzorgen.household.handlers.situations import derive_situation
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import recurring_months
from services.ontzorgen.run.rules.recurring_months import find_recurring_months, hash_terms
from services.ontzorgen.statement.rules.month_rules import MonthRules
from shared.calendar import month_start, next_month
from shared.database.transactions import Transaction

MONTHS_AHEAD: Final = 2  # relief often begins within a month, and its months recur from the next one on


async def refresh_recurring_month(household_id: UUID, tx: Transaction) -> None:
    """Derive what a household's months follow from, and keep the charges of its first recurring month, if any.

    Called before the commit, when everything that changes in the file is in it.
    """
    household = await derive_situation(household_id, tx)
    if household is None:
        return
    month = household.household.next_month
    for _ in range(MONTHS_AHEAD):
        rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
        terms = hash_terms(rules, household.situation.self_reliance)
        recurring = find_recurring_months(household.months, rules, terms)
        if recurring is not None:
            await recurring_months.save(tx, [(household_id, recurring)])
            return
        month = next_month(month)
