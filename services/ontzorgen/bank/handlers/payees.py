"""Who is paid, and on which account: creditors by their charge, persons on the account that was confirmed for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.formats.sepa_text import build_remittance, to_sepa_name
from services.ontzorgen.bank.repository import accounts, payees
from services.ontzorgen.bank.rules.accounts import (
    PayableAccount,
    build_attachment_holder,
    build_charge_holder,
    build_person_holder,
)
from services.ontzorgen.bank.rules.instructions import Instruction, ReleasedPayment, list_transfers
from services.ontzorgen.bank.rules.payees import CreditorAccount, Payee
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.run.rules.released_runs import (
    PaidLine,
    PaymentPurpose,
    ReleasedMonth,
    ReleasedRun,
)
from shared.database.transactions import Transaction
from shared.latin import is_in_latin_letters

_PERSONAL_MONEY, _HOLIDAY_ALLOWANCE, _ATTACHMENT = "Leefgeld", "Vakantietoeslag", "beslag"

PersonAccounts = dict[str, PayableAccount]
CreditorAccounts = dict[tuple[UUID, UUID], CreditorAccount]


@dataclass(frozen=True, slots=True)
class _Accounts:
    """The accounts that these months may be paid on."""

    of_charges: CreditorAccounts
    of_attachments: CreditorAccounts
    of_persons: PersonAccounts


async def add_payees(
    run: ReleasedRun, months: Sequence[ReleasedMonth], on: date, tx: Transaction
) -> list[ReleasedPayment]:
    """Return what these months transfer, each with its payee. The months must add up to what the run says."""
    payee_accounts = _Accounts(
        await payees.find_creditor_accounts(tx, [month.household_id for month in months], on),
        await payees.find_attachment_accounts(tx, _list_attached(months), on),
        await accounts.find_accounts_in_force(tx, sorted(set(_list_person_holders(months)))),
    )
    return [
        _add_payee(run, month.household_id, line, on, payee_accounts)
        for month in months
        for line in list_transfers(month)
    ]


async def find_current_accounts(refused: Sequence[Instruction], on: date, tx: Transaction) -> PersonAccounts:
    """Return the accounts in force on a day of the payees of refused payments, by holder."""
    if not refused:
        return {}
    creditor_accounts = await payees.find_creditor_accounts(tx, [payment.household_id for payment in refused], on)
    by_charge = {
        build_charge_holder(charge_id): PayableAccount(account.name, account.iban)
        for (_, charge_id), account in creditor_accounts.items()
        if account.iban is not None
    }
    attached = [payment.household_id for payment in refused if payment.purpose is PaymentPurpose.ATTACHMENT]
    attachment_accounts = await payees.find_attachment_accounts(tx, attached, on)
    by_attachment = {
        build_attachment_holder(attachment_id): PayableAccount(account.name, account.iban)
        for (_, attachment_id), account in attachment_accounts.items()
        if account.iban is not None
    }
    holders = [payment.holder for payment in refused if payment.kind is None]
    person_accounts = await accounts.find_accounts_in_force(tx, holders)
    return {
        holder: PayableAccount(to_sepa_name(account.name), account.iban)
        for holder, account in (by_charge | by_attachment | person_accounts).items()
        if is_in_latin_letters(account.name)
    }


def _list_person_holders(months: Sequence[ReleasedMonth]) -> Iterator[str]:
    for month in months:
        for line in month.lines:
            if line.is_to_person:
                yield build_person_holder(line.key, month.household_id)


def _list_attached(months: Sequence[ReleasedMonth]) -> list[UUID]:
    """Return the households of which an attaching creditor gets money."""
    return [
        month.household_id for month in months if any(line.purpose is PaymentPurpose.ATTACHMENT for line in month.lines)
    ]


def _add_payee(
    run: ReleasedRun, household_id: UUID, line: PaidLine, on: date, payee_accounts: _Accounts
) -> ReleasedPayment:
    if line.is_to_person:
        payee = _find_person(household_id, line, run.month, payee_accounts.of_persons)
    else:
        payee = _find_creditor(household_id, line, payee_accounts)
    return ReleasedPayment(
        household_id=household_id,
        run_id=run.id,
        month=run.month,
        key=line.key,
        kind=line.kind,
        for_month=line.for_month or run.month,
        is_correction=line.is_correction,
        on=line.on or on,
        amount_cents=line.cents,
        payee=payee,
        purpose=line.purpose,
    )


def _find_creditor(household_id: UUID, line: PaidLine, payee_accounts: _Accounts) -> Payee | None:
    """Return the creditor of a line; None while no account may be used."""
    root_id = charge_id_of(line.key)
    is_attachment = line.purpose is PaymentPurpose.ATTACHMENT
    account = (payee_accounts.of_attachments if is_attachment else payee_accounts.of_charges).get(
        (household_id, root_id)
    )
    if account is None or account.iban is None:
        return None
    holder = build_attachment_holder(root_id) if is_attachment else build_charge_holder(root_id)
    wording = f"{line.for_month} correctie" if line.is_correction else line.for_month
    if is_attachment:
        wording = f"{line.for_month} {_ATTACHMENT}"
    name = to_sepa_name(account.name) if is_in_latin_letters(account.name) else line.creditor
    return Payee(holder, name, account.iban, build_remittance(account.reference, wording))


def _find_person(household_id: UUID, line: PaidLine, month: str, person_accounts: PersonAccounts) -> Payee | None:
    """Return the person who holds an account; None while none is confirmed, or under a name no bank can read."""
    holder = build_person_holder(line.key, household_id)
    account = person_accounts.get(holder)
    if account is None or not is_in_latin_letters(account.name):
        return None
    wording = _HOLIDAY_ALLOWANCE if line.purpose is PaymentPurpose.HOLIDAY_ALLOWANCE else _PERSONAL_MONEY
    return Payee(holder, to_sepa_name(account.name), account.iban, build_remittance(wording, month))
