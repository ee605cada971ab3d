"""Payments on their way to the bank: instructions of a released run, the files they leave in, and those made anew.

Everything here may be done again: what was instructed stays as it is, and a file that left is given out as it left.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from services.ontzorgen import metrics
from services.ontzorgen.bank.formats.credit_transfer import write_credit_transfer
from services.ontzorgen.bank.formats.text import remittance, sepa_name
from services.ontzorgen.bank.handlers.accounts import debtor
from services.ontzorgen.bank.repository import payments as repository
from services.ontzorgen.bank.repository import refusals as effects
from services.ontzorgen.bank.repository import released
from services.ontzorgen.bank.repository.payments import BankAccount, Order
from services.ontzorgen.bank.repository.released import CreditorAccount, ReleasedMonth, ReleasedRun
from services.ontzorgen.bank.rules.instructions import (
    Instruction,
    PaidLine,
    Payee,
    ReleasedLine,
    instruct,
    instruct_anew,
    is_mended,
    net,
    plan_file,
)
from services.ontzorgen.bank.tables import PaymentFileRow
from services.ontzorgen.tasks.rules import TaskKind
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, Fault, refuse_if_any
from shared.http.requests import not_found
from shared.iban import is_payable

HOUSEHOLDS_AT_ONCE = 2_000
FAULTS_SHOWN_MAX = 100
_MONEY_OF_MONTH = "Leefgeld"

Accounts = dict[str, BankAccount]
Creditors = dict[tuple[UUID, UUID], CreditorAccount]


async def export_payments(run_id: UUID, on: date, payments_max: int, tx: Transaction) -> list[dict[str, object]]:
    """Every file of a released run: those that left already, and new ones for what stands in none.

    Nothing leaves when one account is wrong. Payments whose account is not known wait and become a task.
    """
    run = await released.released_run(tx, run_id)
    if run is None:
        raise not_found("run")
    if not run.is_released:
        raise ConflictError("This run is not released: release it first, so that what is paid is what was approved.")
    order = await repository.open_order(tx, run_id, run.month, run.released_on or on)
    if order.held_cents != 0:
        await _instruct(tx, run, order, on)
    await _mend(tx, run_id, on)
    await _write_files(tx, order, payments_max)
    return await repository.files(tx, run_id)


async def payment_file(file_id: str, tx: Transaction) -> PaymentFileRow:
    """A file as it left, to the byte."""
    found = await repository.file(tx, file_id)
    if found is None:
        raise not_found("file")
    return found


async def make_anew(instruction_id: UUID, on: date, tx: Transaction) -> Instruction:
    """A new instruction for a payment that was refused; asking twice gives the same one."""
    known = await repository.instructions(tx, [instruction_id])
    reason = await repository.refusal_reason(tx, instruction_id)
    if not known:
        raise not_found("payment")
    if reason is None:
        raise ConflictError("The bank did not refuse this payment: there is nothing to make good.")
    if earlier := await repository.replacement(tx, instruction_id):
        return earlier
    if await repository.is_paid_after_all(tx, instruction_id):
        raise ConflictError(
            "A statement says that the bank paid this after all: it would be paid twice. Ask the bank what holds."
        )
    current = await _current(tx, known)
    anew = instruct_anew(known[0], reason, current.get(known[0].holder), on)
    await _keep_anew(tx, [anew], on)
    return await repository.replacement(tx, instruction_id) or anew


async def _mend(tx: Transaction, run_id: UUID, on: date) -> None:
    """Payments refused for their account are made anew by themselves once another account is confirmed."""
    refused = await repository.unreplaced(tx, run_id)
    current = await _current(tx, [one for one, _ in refused])
    anew = [
        instruct_anew(one, reason, current.get(one.holder), on)
        for one, reason in refused
        if is_mended(one, reason, current.get(one.holder))
    ]
    await _keep_anew(tx, anew, on)


async def _keep_anew(tx: Transaction, anew: Sequence[Instruction], on: date) -> None:
    refuse_if_any([_wrong_account(one.key) for one in anew if not is_payable(one.iban)])
    if not anew:
        return
    new = await repository.add_instructions(tx, anew)  # others may make the same ones anew at this moment
    if kept := [one for one in anew if one.id in new]:
        await effects.book_out(tx, kept, on)
        await effects.complete_refusals(tx, kept, on)


async def _instruct(tx: Transaction, run: ReleasedRun, order: Order, on: date) -> None:
    """One instruction for each line of the run, some households at a time."""
    after, held_cents, faults = None, 0, list[Fault]()
    while months := await released.released_lines(tx, run, after=after, households_max=HOUSEHOLDS_AT_ONCE):
        lines = await _with_payees(tx, run, months, order.ordered_on)
        faults.extend(_wrong_account(line.key) for line in lines if line.payee and not is_payable(line.payee.iban))
        if not faults:
            ready = [instruct(line, max(order.ordered_on, on)) for line in lines if line.payee is not None]
            await repository.add_instructions(tx, ready)
            held_cents += await _hold(tx, [line for line in lines if line.payee is None], on)
        after = months[-1].household_id
    refuse_if_any(faults[:FAULTS_SHOWN_MAX])
    await repository.hold(tx, run.id, held_cents)


async def _with_payees(
    tx: Transaction, run: ReleasedRun, months: Sequence[ReleasedMonth], on: date
) -> list[ReleasedLine]:
    """What these months transfer, each with who is paid. The months must add up to what the run says."""
    homes = [month.household_id for month in months]
    creditors = await released.creditor_accounts(tx, homes)
    persons = await repository.accounts(tx, sorted({_holder(home, line) for home, line in _of_persons(months)}))
    lines: list[ReleasedLine] = []
    for month in months:
        paid = net(month.lines)
        if sum(line.cents for line in paid) != month.total_cents:
            raise ConflictError("A month of this run does not add up to what was sealed: call the operator.")
        lines.extend(_released(run, month.household_id, line, on, creditors, persons) for line in paid)
    return lines


def _released(
    run: ReleasedRun, home: UUID, line: PaidLine, on: date, creditors: Creditors, persons: Accounts
) -> ReleasedLine:
    payee = _creditor(home, line, creditors) if line.kind else _person(_holder(home, line), run.month, persons)
    paid_on, for_month = line.on or on, line.for_month or run.month
    return ReleasedLine(
        home, run.id, run.month, line.key, line.kind, for_month, line.is_correction, paid_on, line.cents, payee
    )


def _creditor(home: UUID, line: PaidLine, creditors: Creditors) -> Payee | None:
    charge_id = released.charge_of(line.key)
    known = creditors.get((home, charge_id))
    if known is None or known.iban is None:
        return None
    wording = f"{line.for_month} correctie" if line.is_correction else line.for_month
    name = sepa_name(known.name) or line.creditor
    return Payee(f"charge:{charge_id}", name, known.iban, remittance(known.reference, wording))


def _person(holder: str, month: str, persons: Accounts) -> Payee | None:
    known = persons.get(holder)
    if known is None:
        return None
    return Payee(holder, sepa_name(known.name), known.iban, remittance(_MONEY_OF_MONTH, month))


def _of_persons(months: Sequence[ReleasedMonth]) -> Iterator[tuple[UUID, PaidLine]]:
    return ((month.household_id, line) for month in months for line in month.lines if line.kind is None)


def _holder(home: UUID, line: PaidLine) -> str:
    return f"{line.key}:{home}"


def _wrong_account(key: str) -> Fault:
    """Names the charge, never the account."""
    what = key.rpartition("/")[2]
    return Fault(
        "iban",
        "wrong_account",
        f"The account of {what} can not be paid: compare it with the payee's own letter. Nothing was exported.",
    )


async def _hold(tx: Transaction, held: Sequence[ReleasedLine], on: date) -> int:
    """No account is known: the money stays, and someone is asked for the account."""
    by_home: dict[tuple[UUID, str], int] = {}
    for line in held:
        place = (line.household_id, line.month)
        by_home[place] = by_home.get(place, 0) + line.amount_cents
    about = [(home, home, month, cents) for (home, month), cents in by_home.items()]
    if about:
        await effects.add_tasks(tx, TaskKind.ACCOUNT_MISSING, about, on)
    return sum(by_home.values())


async def _current(tx: Transaction, refused: Sequence[Instruction]) -> dict[str, tuple[str, str]]:
    """The accounts in force of the holders of refused payments: name and IBAN."""
    if not refused:
        return {}
    creditors = await released.creditor_accounts(tx, [one.household_id for one in refused])
    found = {
        f"charge:{charge_id}": (sepa_name(one.name), one.iban)
        for (_, charge_id), one in creditors.items()
        if one.iban is not None
    }
    persons = await repository.accounts(tx, [one.holder for one in refused if one.kind is None])
    return found | {holder: (sepa_name(one.name), one.iban) for holder, one in persons.items()}


async def _write_files(tx: Transaction, order: Order, payments_max: int) -> None:
    """Files of so many payments each, numbered in their order, until every instruction stands in one."""
    pays = None
    while waiting := await repository.waiting(tx, order.run_id, payments_max):
        pays = pays or await debtor(tx)
        plan = plan_file(await repository.last_file_number(tx, order.run_id) + 1, waiting)
        content = await asyncio.to_thread(write_credit_transfer, plan, pays, order.made_at)
        await repository.add_file(tx, order.run_id, plan, content, hashlib.sha256(content).hexdigest())
        count_on_commit(tx, partial(metrics.PAYMENTS_EXPORTED.inc, len(waiting)))
