"""What a run reads of a household is worked out when its file changes, so that the run of all of them need not.

That is its situation, and the bill of the months ahead where these are steady. A run works out by itself what is not
there, or what rests on other terms than those in force by then.
"""

from typing import Final
from uuid import UUID

from services.ontzorgen.household.repository import file
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import recurring_months as steady
from services.ontzorgen.run.rules.recurring_months import steady_of, terms_of
from services.ontzorgen.statement.rules.month_rules import MonthRules
from shared.calendar import month_start, next_month
from shared.database.transactions import Transaction

MONTHS_AHEAD: Final = 2  # relief often begins within a month, and is steady from the next one on


async def make_ready(household_id: UUID, tx: Transaction) -> None:
    """To be asked for once everything that changes in a file is in it."""
    for loaded in await file.derive(tx, [household_id]):
        month = loaded.household.next_month
        for _ in range(MONTHS_AHEAD):
            rules = MonthRules.resolve(load_law(), policy_in_force(tx.municipality, month_start(month)), month)
            found = steady_of(loaded.months, rules, terms_of(rules, loaded.situation.self_reliance))
            if found is not None:
                await steady.keep(tx, [(household_id, found)])
                break
            month = next_month(month)
