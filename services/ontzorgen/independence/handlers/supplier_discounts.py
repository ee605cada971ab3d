"""Agreements with suppliers on discounts."""

from uuid import UUID

from services.ontzorgen.independence.repository import supplier_discounts
from services.ontzorgen.independence.rules.supplier_discounts import DiscountAgreement, check_agreement
from shared.database.transactions import Transaction
from shared.errors.refusals import require_same_content


async def agree_discount(agreement: DiscountAgreement, tx: Transaction) -> DiscountAgreement:
    """Record an agreement. The same twice is recorded once."""
    earlier = await supplier_discounts.find_agreement(tx, agreement.id)
    if earlier is not None:
        return require_same_content(earlier, agreement)
    check_agreement(await supplier_discounts.list_agreements_with(tx, agreement.creditor), agreement)
    await supplier_discounts.add_agreement(tx, agreement)
    return agreement


async def list_agreements(
    after: UUID | None, limit: int, tx: Transaction
) -> tuple[list[DiscountAgreement], UUID | None]:
    """Return agreements by id, and the id to continue after."""
    return await supplier_discounts.list_agreements(tx, after, limit)
