"""Who is paid, and on which account: creditors by their charge, persons on the account that was confirmed for them."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.formats.sepa_text import build_remittance, to_sepa_name
from services.ontzorgen.bank.repository import accounts, payees
from services.ontzorgen.bank.rules.accounts import PayableAccount, build_charge_holder, build_person_holder
from services.ontzorgen.bank.rules.instructions import Instruction, ReleasedPayment, list_transfers
from services.ontzorgen.bank.rules.payees import CreditorAccount, Payee
from services.ontzorgen.household.rules.charges import charge_id_of
from services.ontzorgen.run.rules.released_runs import PaidLine, ReleasedMonth, ReleasedRun
from shared.database.transactions import Transaction

_PERSONAL_MONEY = "Leefgeld"

PersonAccounts = dict[str, PayableAccount]
CreditorAccounts = dict[tuple[UUID, UUID], CreditorAccount]


async def add_payees(
    run: ReleasedRun, months: Sequence[ReleasedMonth], on: date, tx: Transaction
) -> list[ReleasedPayment]:
    """Return what these months transfer, each with its payee. The months must add up to what the run says."""
    creditor_accounts = await payees.find_creditor_accounts(tx, [month.household_id for month in months], on)
    person_accounts = await accounts.find_accounts_in_force(tx, sorted(set(_list_person_holders(months))))
    return [
        _add_payee(run, month.household_id, line, on, creditor_accounts, person_accounts)
        for month in months
        for line in list_transfers(month)
    ]


async def find_current_accounts(refused: Sequence[Instruction], on: date, tx: Transaction) -> PersonAccounts:
    """Return the accounts in force on a day of the payees of refused payments, by holder."""
    if not refused:
        return {}
    creditor_accounts = await payees.find_creditor_accounts(tx, [payment.household_id for payment in refused], on)
    by_charge = {
        build_charge_holder(charge_id): PayableAccount(to_sepa_name(account.name), account.iban)
        for (_, charge_id), account in creditor_accounts.items()
        if account.iban is not None
    }
    holders = [payment.holder for payment in refused if payment.kind is None]
    person_accounts = await accounts.find_accounts_in_force(tx, holders)
    return by_charge | {
        holder: PayableAccount(to_sepa_name(account.name), account.iban) for holder, account in person_accounts.items()
    }


def _list_person_holders(months: Sequence[ReleasedMonth]) -> Iterator[str]:
    for month in months:
        for line in month.lines:
            if line.kind is None:
                yield build_person_holder(line.key, month.household_id)


def _add_payee(
    run: ReleasedRun,
    household_id: UUID,
    line: PaidLine,
    on: date,
    creditor_accounts: CreditorAccounts,
    person_accounts: PersonAccounts,
) -> ReleasedPayment:
    if line.kind:
        payee = _find_creditor(household_id, line, creditor_accounts)
    else:
        payee = _find_person(build_person_holder(line.key, household_id), run.month, person_accounts)
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
    )


def _find_creditor(household_id: UUID, line: PaidLine, creditor_accounts: CreditorAccounts) -> Payee | None:
    """Return the creditor of a line; None while no account may be used."""
    charge_id = charge_id_of(line.key)
    account = creditor_accounts.get((household_id, charge_id))
    if account is None or account.iban is None:
        return None
    wording = f"{line.for_month} correctie" if line.is_correction else line.for_month
    name = to_sepa_name(account.name) or line.creditor
    return Payee(build_charge_holder(charge_id), name, account.iban, build_remittance(account.reference, wording))


def _find_person(holder: str, month: str, person_accounts: PersonAccounts) -> Payee | None:
    """Return the person who holds an account; None while none is confirmed."""
    account = person_accounts.get(holder)
    if account is None:
        return None
    return Payee(holder, to_sepa_name(account.name), account.iban, build_remittance(_PERSONAL_MONEY, month))
