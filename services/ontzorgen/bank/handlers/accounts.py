"""The accounts that a municipality pays from and that persons are paid on: proposed by one, confirmed by another."""

from dataclasses import replace
from uuid import UUID

from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.repository import accounts
from services.ontzorgen.bank.repository.refusals import find_persons
from services.ontzorgen.bank.rules.accounts import (
    MUNICIPALITY_HOLDER,
    BankAccount,
    PayableAccount,
    check_proposal,
    count_sharing_households,
    find_household_id,
    needs_confirmation,
    require_own_account,
    require_same_account,
)
from shared.calendar import amsterdam_date
from shared.database.transactions import Transaction
from shared.http.requests import require_found
from shared.iban import compact_iban, is_payable
from shared.latin import is_in_latin_letters


async def propose_account(proposed: BankAccount, tx: Transaction) -> BankAccount:
    """Add an account that waits for a second person. The same twice changes nothing."""
    account = replace(proposed, iban=compact_iban(proposed.iban))
    check_proposal(is_payable=is_payable(account.iban), is_readable=is_in_latin_letters(account.name))
    is_new = await accounts.add_account(tx, account)
    stored = require_same_account(await accounts.find_account(tx, account.id), account)
    if is_new:
        await _report_sharing(stored, tx)
    return stored


async def list_accounts(after: UUID | None, limit: int, tx: Transaction) -> tuple[list[BankAccount], UUID | None]:
    """Return accounts by holder, oldest first, and the id of the one to continue after."""
    return await accounts.list_accounts(tx, after, limit)


async def confirm_account(account_id: UUID, subject: str, tx: Transaction) -> BankAccount:
    """Let payments go to or from this account from now on; the earlier one stays on record."""
    of_holder = await accounts.lock_accounts_of_holder(tx, account_id)
    account = require_found(of_holder.pop(account_id, None), "account")
    if needs_confirmation(account, subject, [*of_holder.values()]):
        await accounts.confirm_account(tx, account_id, subject)
        account = await accounts.find_account(tx, account_id) or account
    return account


async def get_own_account(tx: Transaction) -> PayableAccount:
    """Return the municipality's own account in force; ConflictError while there is none."""
    in_force = await accounts.find_accounts_in_force(tx, [MUNICIPALITY_HOLDER])
    return require_own_account(in_force.get(MUNICIPALITY_HOLDER))


async def list_own_ibans(tx: Transaction) -> set[str]:
    """Return every account that the municipality had."""
    return await accounts.list_ibans(tx, MUNICIPALITY_HOLDER)


async def _report_sharing(account: BankAccount, tx: Transaction) -> None:
    """Leave a task when a person of another household has the same account: one of the two may be a mistake."""
    households = count_sharing_households(account.holder, await accounts.list_holders(tx, account.iban))
    if households and account.proposed_at is not None:
        household_id, on = find_household_id(account.holder), amsterdam_date(account.proposed_at)
        known_ids = await find_persons(tx, [household_id] if household_id is not None else [])
        await follow_ups.report_shared_account(account.id, next(iter(known_ids), None), households, on, tx)
