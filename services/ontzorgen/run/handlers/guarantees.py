"""How the guarantee of payment of a discount agreement stands, from the months that were released."""

from uuid import UUID

from services.ontzorgen.household.handlers.supplier_discounts import get_agreement
from services.ontzorgen.run.repository import guarantees
from services.ontzorgen.run.rules.guarantees import Guarantee, assess_guarantee
from shared.calendar import month_of
from shared.database.transactions import Transaction


async def read_guarantee(agreement_id: UUID, tx: Transaction) -> Guarantee:
    """Return the months of payment under an agreement, and what is short in them."""
    view = await get_agreement(agreement_id, tx)
    agreement = view.agreement
    asked = (agreement.creditor, agreement.kind, month_of(agreement.from_day))
    months = await guarantees.list_months(tx, *asked)
    return assess_guarantee(view, months, await guarantees.list_shortfalls(tx, *asked))
