"""How many households are and were in relief, for whoever watches the service."""

from services.ontzorgen import metrics
from services.ontzorgen.household.repository import household_figures
from shared.database.figures import Figures
from shared.database.transactions import Transaction


async def count_households(tx: Transaction) -> Figures:
    """Count the households that entered relief and those that left it, and add up what is set aside for them."""
    started, ended, reserve_cents = await household_figures.count_households(tx)
    return {
        metrics.RELIEF_STARTED: {(): started},
        metrics.RELIEF_ENDED: {(): ended},
        metrics.HOLIDAY_RESERVE_CENTS: {(): reserve_cents},
    }
