"""The months before one that takes from what is set aside, of households of which a part may be beyond the right."""

from collections.abc import Sequence
from uuid import UUID

from services.ontzorgen.household.rules.file import LoadedHousehold
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.rules.beyond_right import MonthBefore, may_hand_over_beyond_right
from services.ontzorgen.statement.rules.month_rules import MonthRules
from shared.calendar import month_start
from shared.database.transactions import Transaction


async def list_months_before(
    households: Sequence[LoadedHousehold], rules: MonthRules, tx: Transaction
) -> dict[UUID, list[MonthBefore]]:
    """Return the months before this one, oldest first, of those that may hand over what is beyond their right."""
    closing = [loaded.household for loaded in households if may_hand_over_beyond_right(loaded, rules)]
    resolved: dict[str, MonthRules] = {}

    def resolve(month: str) -> MonthRules:
        if month not in resolved:
            policy = policy_in_force(tx.municipality, month_start(month))
            resolved[month] = MonthRules.resolve(load_law(), policy, month)
        return resolved[month]

    before: dict[UUID, list[MonthBefore]] = {}
    for run_month in await months.list_months_before(tx, rules.month, closing):
        statement = run_month.statement
        before.setdefault(run_month.household_id, []).append((statement, resolve(statement.month)))
    return before
