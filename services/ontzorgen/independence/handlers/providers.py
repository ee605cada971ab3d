"""Who gives guidance to a household, and providers compared."""

from collections.abc import Sequence

from services.ontzorgen.household.handlers.households import get_household
from services.ontzorgen.independence.handlers.policy import find_policy
from services.ontzorgen.independence.repository import providers
from services.ontzorgen.independence.rules.providers import Guidance, ProviderFigures, compare_providers, guide
from shared.database.transactions import Transaction


async def record_guidance(guidance: Guidance, tx: Transaction) -> Guidance:
    """Record who guides a household from a day on. The same twice is recorded once."""
    household = await get_household(guidance.household_id, tx)
    existing = await providers.find_guidance(tx, household.id, guidance.from_day)
    if guide(existing, guidance, find_policy(guidance.from_day, tx)):
        await providers.add_guidance(tx, guidance)
    return guidance


async def load_figures(tx: Transaction) -> Sequence[ProviderFigures]:
    """Return figures to compare providers by."""
    return compare_providers(await providers.list_provider_records(tx))
