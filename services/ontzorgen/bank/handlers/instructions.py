"""Payments on their way to the bank: the instructions of a released run, and those that replace a refused one.

Everything here may be done again: what was instructed stays as it is.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.handlers import follow_ups, refusals
from services.ontzorgen.bank.handlers.payees import add_payees, find_current_accounts
from services.ontzorgen.bank.repository import instructions
from services.ontzorgen.bank.repository import refusals as stored_refusals
from services.ontzorgen.bank.rules.instructions import (
    Instruction,
    Order,
    ReleasedPayment,
    has_new_account,
    instruct,
    refuse_wrong_accounts,
    replace_instruction,
    require_other_than_bringer,
    require_refused,
    require_unpaid,
    sum_by_household,
)
from services.ontzorgen.run.handlers.released_runs import get_released_run, list_released_months
from services.ontzorgen.run.rules.released_runs import ReleasedRun
from shared.database.transactions import Transaction
from shared.http.requests import not_found
from shared.iban import is_payable

HOUSEHOLDS_AT_ONCE = 2_000


async def instruct_run(run: ReleasedRun, on: date, tx: Transaction) -> Order:
    """Instruct every payment of a released run that is not instructed yet and return the run's order.

    Nothing is instructed when one account is wrong. Payments without an account wait and become a task.
    """
    order = await instructions.open_order(tx, run.id, run.month, run.released_on or on)
    if order.held_cents != 0:
        await _instruct_months(run, order, on, tx)
    return order


async def _instruct_months(run: ReleasedRun, order: Order, on: date, tx: Transaction) -> None:
    """One instruction for each payment of the run, some households at a time."""
    after, held_cents, wrong_keys = None, 0, list[str]()
    while months := await list_released_months(run, tx, after=after, households_max=HOUSEHOLDS_AT_ONCE):
        payments = await add_payees(run, months, order.ordered_on, tx)
        wrong_keys.extend(payment.key for payment in payments if payment.payee and not is_payable(payment.payee.iban))
        if not wrong_keys:
            earliest = max(order.ordered_on, on)
            await instructions.add_instructions(
                tx, [instruct(payment, earliest) for payment in payments if payment.payee is not None]
            )
            held_cents += await _hold([payment for payment in payments if payment.payee is None], on, tx)
        after = months[-1].household_id
    refuse_wrong_accounts(wrong_keys)
    await instructions.record_held_cents(tx, run.id, held_cents)


async def _hold(payments: Sequence[ReleasedPayment], on: date, tx: Transaction) -> int:
    """Leave a task for each household whose money stays for want of an account, and return the cents that stay."""
    sums = sum_by_household(payments)
    await follow_ups.ask_for_accounts(sums, on, tx)
    return sum(sums.values())


async def replace_payment(instruction_id: UUID, on: date, subject: str, tx: Transaction) -> Instruction:
    """Replace a payment that was refused, by a message that someone else brought; again: the same instruction."""
    refused = await instructions.list_instructions(tx, [instruction_id])
    if not refused:
        raise not_found("payment")
    reason_code = require_refused(await stored_refusals.find_reason(tx, instruction_id))
    if earlier := await instructions.find_replacement(tx, instruction_id):
        return earlier
    require_other_than_bringer(await stored_refusals.find_bringer(tx, instruction_id), subject)
    require_unpaid(is_paid_after_all=await stored_refusals.is_paid_after_all(tx, instruction_id))
    on = max(on, (await get_released_run(refused[0].run_id, tx)).released_on or on)
    current = await find_current_accounts(refused, on, tx)
    replacement = replace_instruction(refused[0], reason_code, current.get(refused[0].holder), on)
    await _add_replacements([replacement], on, tx)
    return await instructions.find_replacement(tx, instruction_id) or replacement


async def replace_on_new_accounts(run_id: UUID, on: date, tx: Transaction, *, subject: str | None = None) -> None:
    """Replace the payments of a run that were refused for their account and have another one now.

    Not those of which this person brought the refusal.
    """
    refused = await stored_refusals.list_unreplaced(tx, run_id, not_brought_by=subject)
    current = await find_current_accounts([payment for payment, _ in refused], on, tx)
    replacements = [
        replace_instruction(payment, reason_code, current.get(payment.holder), on)
        for payment, reason_code in refused
        if has_new_account(payment, reason_code, current.get(payment.holder))
    ]
    await _add_replacements(replacements, on, tx)


async def _add_replacements(replacements: Sequence[Instruction], on: date, tx: Transaction) -> None:
    refuse_wrong_accounts([replacement.key for replacement in replacements if not is_payable(replacement.iban)])
    if not replacements:
        return
    new_ids = await instructions.add_instructions(tx, replacements)  # others may add the same ones at this moment
    if added := [replacement for replacement in replacements if replacement.id in new_ids]:
        await refusals.book_out(added, on, tx)
        await follow_ups.complete_refusal_tasks(added, on, tx)
