"""The queries of bank accounts: those proposed, those confirmed, and the one in force for each holder."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.ontzorgen.bank.rules.accounts import BankAccount, PayableAccount
from services.ontzorgen.bank.tables import BankAccountRow
from shared.database import rows
from shared.database.transactions import Transaction

# An account that was entered for a partner is not that of whoever became the partner afterwards.
_IN_FORCE: Final = """
SELECT DISTINCT ON (holder) holder, name, iban FROM bank_account a
WHERE municipality = $1 AND holder = ANY($2::text[]) AND confirmed_by IS NOT NULL
AND CASE WHEN holder LIKE 'partner:%' THEN NOT EXISTS (
    SELECT FROM household_person next JOIN household_person earlier
        ON earlier.municipality = next.municipality AND earlier.household_id = next.household_id
    WHERE next.municipality = $1 AND next.household_id = split_part(a.holder, ':', 2)::uuid
    AND next.role = 'partner' AND next.recorded_at > a.proposed_at
    AND earlier.role = 'partner' AND earlier.record_no < next.record_no AND earlier.person_id <> next.person_id
) ELSE true END
ORDER BY holder, confirmed_at DESC, id DESC
"""
_ALL_IBANS: Final = """
SELECT DISTINCT iban FROM bank_account WHERE municipality = $1 AND holder = $2 AND confirmed_by IS NOT NULL
"""
_HOLDERS: Final = "SELECT DISTINCT holder FROM bank_account WHERE municipality = $1 AND iban = $2"
_PAGE: Final = """
SELECT * FROM bank_account WHERE municipality = $1
  AND ($2::uuid IS NULL OR (holder, proposed_at, id) > (
    SELECT last.holder, last.proposed_at, last.id FROM bank_account last WHERE last.municipality = $1 AND last.id = $2))
ORDER BY holder, proposed_at, id LIMIT $3
"""
_CONFIRM: Final = """
UPDATE bank_account SET confirmed_by = $3, confirmed_at = now() WHERE municipality = $1 AND id = $2
"""


async def add_account(tx: Transaction, account: BankAccount) -> bool:
    """Propose an account; False when its id is in use."""
    values = {"holder": account.holder, "name": account.name, "iban": account.iban, "proposed_by": account.proposed_by}
    return await rows.add(tx, BankAccountRow, id=account.id, **values)


async def find_account(tx: Transaction, account_id: UUID) -> BankAccount | None:
    """Return the account, locked; None if there is no such account."""
    row = await rows.find(tx, BankAccountRow, account_id, lock=True)
    return None if row is None else rows.to_state(BankAccount, row)


async def list_accounts(tx: Transaction, after: UUID | None, limit: int) -> tuple[list[BankAccount], UUID | None]:
    """Return accounts by holder, oldest first, and the id of the one to continue after."""
    found = await tx.rows(_PAGE, tx.municipality, after, limit + 1)
    names = [field.name for field in fields(BankAccount)]
    page = [BankAccount(**{name: row[name] for name in names}) for row in found[:limit]]
    return page, page[-1].id if len(found) > limit else None


async def lock_accounts_of_holder(tx: Transaction, account_id: UUID) -> dict[UUID, BankAccount]:
    """Return every account of whoever holds this one, by id; none is confirmed meanwhile by another transaction."""
    holder = select(col(BankAccountRow.holder)).where(col(BankAccountRow.id) == account_id).scalar_subquery()
    query = select(BankAccountRow).where(col(BankAccountRow.holder) == holder).order_by(col(BankAccountRow.id))
    locked = await tx.session.execute(query.with_for_update())
    return {row.id: rows.to_state(BankAccount, row) for row in locked.scalars()}


async def confirm_account(tx: Transaction, account_id: UUID, subject: str) -> None:
    await (await tx.driver()).execute(_CONFIRM, tx.municipality, account_id, subject)


async def find_accounts_in_force(tx: Transaction, holders: Sequence[str]) -> dict[str, PayableAccount]:
    """Return the accounts in force by holder: those confirmed last."""
    records = await (await tx.driver()).fetch(_IN_FORCE, tx.municipality, list(holders))
    return {record["holder"]: PayableAccount(record["name"], record["iban"]) for record in records}


async def list_ibans(tx: Transaction, holder: str) -> set[str]:
    """Return every account that a holder had: old statements may still come in."""
    return {record[0] for record in await (await tx.driver()).fetch(_ALL_IBANS, tx.municipality, holder)}


async def list_holders(tx: Transaction, iban: str) -> set[str]:
    """Return everyone for whom this account was ever proposed."""
    return {record[0] for record in await (await tx.driver()).fetch(_HOLDERS, tx.municipality, iban)}
