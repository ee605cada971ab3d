"""What stands aside of months that were run beyond the right, for households whose relief is over."""

from collections.abc import Sequence
from uuid import UUID

from services.ontzorgen.household.rules.file import LoadedHousehold
from services.ontzorgen.policies.handlers import load_law, policy_in_force
from services.ontzorgen.run.repository import months
from services.ontzorgen.run.rules.closing import is_after_relief, is_run_beyond_right, sum_beyond_right_cents
from services.ontzorgen.statement.rules.month_rules import MonthRules
from services.ontzorgen.statement.rules.statement import Statement
from shared.calendar import month_start
from shared.database.transactions import Transaction


async def sum_beyond_right(
    households: Sequence[LoadedHousehold], rules: MonthRules, tx: Transaction
) -> dict[UUID, int]:
    """Return the cents that stand aside of months beyond the right, for those of these households that have any."""
    closing = [
        loaded
        for loaded in households
        if is_after_relief(loaded.household, rules.month) and is_run_beyond_right(loaded.household)
    ]
    statements: dict[UUID, list[Statement]] = {}
    for run_month in await months.list_months_before(tx, rules.month, [loaded.household for loaded in closing]):
        statements.setdefault(run_month.household_id, []).append(run_month.statement)
    resolved: dict[str, MonthRules] = {}

    def resolve(month: str) -> MonthRules:
        if month not in resolved:
            policy = policy_in_force(tx.municipality, month_start(month))
            resolved[month] = MonthRules.resolve(load_law(), policy, month)
        return resolved[month]

    return {
        loaded.household.id: sum_beyond_right_cents(
            [(statement, resolve(statement.month)) for statement in statements.get(loaded.household.id, ())],
            loaded.situation,
        )
        for loaded in closing
    }
