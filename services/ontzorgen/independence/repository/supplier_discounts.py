"""The queries of agreements on discounts."""

from uuid import UUID

from services.ontzorgen.independence.repository import records
from services.ontzorgen.independence.rules.supplier_discounts import DiscountAgreement
from services.ontzorgen.independence.tables.supplier_discounts import DiscountAgreementRow
from shared.database.transactions import Transaction


async def add_agreement(tx: Transaction, agreement: DiscountAgreement) -> None:
    await records.add(tx, DiscountAgreementRow, agreement)


async def find_agreement(tx: Transaction, agreement_id: UUID) -> DiscountAgreement | None:
    """Return the agreement; None if there is no such agreement."""
    return await records.find(tx, DiscountAgreementRow, DiscountAgreement, agreement_id)


async def list_agreements_with(tx: Transaction, creditor: str) -> list[DiscountAgreement]:
    """Return all agreements with a creditor."""
    return await records.list_states(tx, DiscountAgreementRow, DiscountAgreement, creditor=creditor)


async def list_agreements(
    tx: Transaction, after: UUID | None, limit: int
) -> tuple[list[DiscountAgreement], UUID | None]:
    """Return agreements by id, and the id to continue after."""
    return await records.list_page(tx, DiscountAgreementRow, DiscountAgreement, after, limit)
