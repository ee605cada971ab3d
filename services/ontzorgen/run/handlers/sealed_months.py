"""Months that can no longer be withdrawn, for whoever shows them."""

from uuid import UUID

from services.ontzorgen.run.repository import months, sealed_months
from services.ontzorgen.statement.rules.statement import Statement
from shared.database.transactions import Transaction


async def find_sealed_month(household_id: UUID, month: str, tx: Transaction) -> Statement | None:
    """Return a household's month; None if it was not run, or can still be withdrawn."""
    household_month = await months.find_month(tx, household_id, month)
    if household_month is None or not await sealed_months.is_sealed(tx, household_id, month):
        return None
    return household_month.statement
