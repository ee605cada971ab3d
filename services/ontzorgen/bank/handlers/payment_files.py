"""Files of payments for the bank: made once for what was instructed, and given out as they left, to the byte."""

import asyncio
import hashlib
from datetime import date
from uuid import UUID

from services.ontzorgen.bank.formats.credit_transfer import write_credit_transfer
from services.ontzorgen.bank.handlers.accounts import get_own_account
from services.ontzorgen.bank.handlers.instructions import instruct_run, replace_on_new_accounts
from services.ontzorgen.bank.repository import payment_files
from services.ontzorgen.bank.rules.instructions import Order
from services.ontzorgen.bank.rules.payment_files import PaymentFile, plan_file
from services.ontzorgen.run.handlers.released_runs import get_released_run
from shared.database.transactions import Transaction
from shared.http.requests import require_found


async def export_payments(
    run_id: UUID, on: date, payments_max: int, tx: Transaction, *, subject: str | None = None
) -> list[PaymentFile]:
    """Return every file of a released run: those that left already, and new ones for what is in none.

    `subject` asks for them; what the bank refused in messages that he brought is not paid anew by him.

    Nothing leaves when one account is wrong. Payments without an account wait and become a task.
    """
    run = await get_released_run(run_id, tx)
    order = await instruct_run(run, on, tx)
    await replace_on_new_accounts(run_id, max(on, order.ordered_on), tx, subject=subject)
    await _write_files(order, payments_max, tx)
    return await payment_files.list_files(tx, run_id)


async def list_files(run_id: UUID | None, tx: Transaction) -> list[PaymentFile]:
    """Return the files of one run or of all."""
    return await payment_files.list_files(tx, run_id)


async def read_content(file_id: str, tx: Transaction) -> bytes:
    """Return a file as it left."""
    return require_found(await payment_files.find_content(tx, file_id), "file")


async def _write_files(order: Order, payments_max: int, tx: Transaction) -> None:
    """Write files of so many payments each, numbered in their order, until every instruction is in one."""
    debtor = None
    while waiting := await payment_files.list_waiting(tx, order.run_id, payments_max):
        debtor = debtor or await get_own_account(tx)
        plan = plan_file(await payment_files.get_last_number(tx, order.run_id) + 1, waiting)
        content = await asyncio.to_thread(write_credit_transfer, plan, debtor, order.made_at)
        await payment_files.add_file(tx, order.run_id, plan, content, hashlib.sha256(content).hexdigest())
