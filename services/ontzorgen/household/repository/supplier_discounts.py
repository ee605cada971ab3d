"""The queries of discounts: agreements with their endings, what is on the register, and when a month was run last."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.household.rules.creditors import Creditor
from services.ontzorgen.household.rules.supplier_discounts import (
    DiscountAgreement,
    DiscountEnding,
    DiscountView,
    list_register_terms,
    list_terms,
)
from services.ontzorgen.household.tables.file import CreditorRow
from services.ontzorgen.household.tables.supplier_discounts import DiscountAgreementRow, DiscountEndingRow
from services.ontzorgen.statement.rules.situation import DiscountTerms
from shared.database import rows
from shared.database.transactions import Transaction

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_LOCK_SHARED: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))"
_REACHED: Final = "SELECT next_month, max(months_run) > 0 FROM household WHERE municipality = $1 GROUP BY next_month"


async def lock_discounts(tx: Transaction) -> None:
    """Let nobody derive what months follow from until this transaction ends: it changes a discount."""
    await (await tx.driver()).execute(_LOCK, f"discounts {tx.municipality}")


async def lock_against_discounts(tx: Transaction) -> None:
    """Wait for changes of discounts; later ones wait until this transaction ends."""
    await (await tx.driver()).execute(_LOCK_SHARED, f"discounts {tx.municipality}")


async def add_agreement(tx: Transaction, agreement: DiscountAgreement) -> None:
    """Add an agreement; the database removes what was derived for the households that it is about."""
    await rows.add(tx, DiscountAgreementRow, **rows.to_values(agreement))


async def add_ending(tx: Transaction, ending: DiscountEnding) -> None:
    """Add an ending, as for an agreement."""
    await rows.add(tx, DiscountEndingRow, **rows.to_values(ending))


async def find_agreement(tx: Transaction, agreement_id: UUID) -> DiscountView | None:
    """Return the agreement; None if there is no such agreement."""
    row = await rows.find(tx, DiscountAgreementRow, agreement_id)
    return None if row is None else (await _add_endings(tx, [row]))[0]


async def list_agreements(tx: Transaction) -> list[DiscountView]:
    """Return all agreements by id; a municipality has some dozens."""
    loaded = await tx.session.execute(select(DiscountAgreementRow).order_by(col(DiscountAgreementRow.id)))
    return await _add_endings(tx, loaded.scalars().all())


async def list_agreement_page(
    tx: Transaction, after: UUID | None, limit: int
) -> tuple[list[DiscountView], UUID | None]:
    """Return agreements by id, and the id to continue after."""
    page, next_id = await rows.list_page(tx, DiscountAgreementRow, after=after, limit=limit)
    return await _add_endings(tx, page), next_id


async def list_discounts(tx: Transaction) -> list[DiscountTerms]:
    """Return every discount of the municipality: of its agreements, and of its register."""
    terms = [*list_terms(await list_agreements(tx))]
    with_discount = select(col(CreditorRow.code)).where(col(CreditorRow.discount_percent) > 0)
    query = select(CreditorRow).where(col(CreditorRow.code).in_(with_discount)).order_by(col(CreditorRow.record_no))
    by_code: dict[str, list[Creditor]] = {}
    for row in (await tx.session.execute(query)).scalars():
        by_code.setdefault(row.code, []).append(rows.to_state(Creditor, row))
    for versions in by_code.values():
        terms += list_register_terms(versions)
    return terms


async def list_reached_months(tx: Transaction) -> list[tuple[str, bool]]:
    """Return each month that some household is to be run for next, and whether one of them was run before."""
    return [tuple(row) for row in await (await tx.driver()).fetch(_REACHED, tx.municipality)]


async def _add_endings(tx: Transaction, agreements: Sequence[Any]) -> list[DiscountView]:
    ids = [row.id for row in agreements]
    query = select(DiscountEndingRow).where(col(DiscountEndingRow.agreement_id).in_(ids))
    loaded = (await tx.session.execute(query)).scalars().all() if ids else ()
    endings = {row.agreement_id: rows.to_state(DiscountEnding, row) for row in loaded}
    return [DiscountView(rows.to_state(DiscountAgreement, row), endings.get(row.id)) for row in agreements]
