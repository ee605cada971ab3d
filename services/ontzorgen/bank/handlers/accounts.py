"""The accounts that a municipality pays from and that persons are paid on: proposed by one, confirmed by another."""

from uuid import UUID

from services.ontzorgen.bank.formats.credit_transfer import Debtor
from services.ontzorgen.bank.formats.text import sepa_name
from services.ontzorgen.bank.repository import payments as repository
from services.ontzorgen.bank.repository.payments import BankAccount
from services.ontzorgen.bank.rules.instructions import MUNICIPALITY_HOLDER
from services.ontzorgen.bank.tables import BankAccountRow
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, Fault, WrongInputError
from shared.http.requests import Caller, not_found
from shared.iban import compact_iban, is_payable


async def propose_account(
    account_id: UUID, holder: str, account: BankAccount, caller: Caller, tx: Transaction
) -> BankAccountRow:
    """An account that waits for a second person. The same twice changes nothing."""
    iban = compact_iban(account.iban)
    if not is_payable(iban):
        raise WrongInputError(
            Fault(
                "iban", "wrong_account", "The check digits or the length of this IBAN are not right: compare it again."
            )
        )
    if not sepa_name(account.name):
        raise WrongInputError(
            Fault("name", "unreadable_name", "No bank can read this name: write it in Latin letters, as the bank does.")
        )
    given = BankAccount(account.name, iban)
    is_new = await repository.add_account(tx, account_id, holder, given, caller.subject)
    row = await repository.account_row(tx, account_id)
    if row is None or (not is_new and (row.holder, row.name, row.iban) != (holder, given.name, given.iban)):
        raise ConflictError("This id is in use for another account: send a new id.")
    return row


async def confirm_account(account_id: UUID, caller: Caller, tx: Transaction) -> BankAccountRow:
    """From now on payments go to or from this account; the earlier one stays on record."""
    row = await repository.account_row(tx, account_id)
    if row is None:
        raise not_found("account")
    if row.confirmed_by is not None:
        return row
    if row.proposed_by == caller.subject:
        raise ConflictError("You entered this account yourself: let a colleague compare and confirm it.")
    await repository.confirm_account(tx, account_id, caller.subject)
    await tx.session.refresh(row)
    return row


async def debtor(tx: Transaction) -> Debtor:
    """The municipality's own account in force."""
    known = (await repository.accounts(tx, [MUNICIPALITY_HOLDER])).get(MUNICIPALITY_HOLDER)
    if known is None:
        raise ConflictError(
            "There is no confirmed account of the municipality to pay from: enter it and let a colleague confirm it."
        )
    return Debtor(known.name, known.iban)
