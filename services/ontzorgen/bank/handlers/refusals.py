"""Payments that the bank refused or gave back: recorded once, booked back, left as a task, and published."""

from collections.abc import Sequence
from datetime import date

from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.repository import instructions, refusals
from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.bank.rules.refusals import (
    Refusal,
    RefusedPayment,
    build_refused_event,
    build_replacement_booking,
    build_return_booking,
    group_by_day,
)
from services.ontzorgen.ledger.handlers import book_entries
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.database.transactions import Transaction


async def refuse(message_sha256: str, received: Sequence[Refusal], tx: Transaction) -> None:
    """Record those that were not refused before, book them back, publish them and leave a task for each."""
    if not received:
        return
    new_ids = await refusals.add_refusals(tx, message_sha256, received)
    by_id = {refusal.instruction_id: refusal for refusal in received if refusal.instruction_id in new_ids}
    if not by_id:
        return
    refused = await instructions.list_instructions(tx, sorted(by_id))
    person_ids = await refusals.find_persons(tx, (payment.household_id for payment in refused))
    payments = [RefusedPayment(payment, by_id[payment.id], person_ids[payment.household_id]) for payment in refused]
    for payment in payments:
        if payment.instruction.purpose is not PaymentPurpose.ATTACHMENT:  # of which the person notices nothing
            tx.emit(build_refused_event(payment))
    for day, refused_that_day in group_by_day(payments).items():
        await book_back([payment.instruction for payment in refused_that_day], day, tx)
        await follow_ups.report_refusals(refused_that_day, day, tx)


async def book_back(refused: Sequence[Instruction], on: date, tx: Transaction) -> None:
    """Book what was refused: it lies on the bank's account in the ledger until it is instructed again."""
    bookings = [(payment.household_id, payment.month, build_return_booking(payment)) for payment in refused]
    await book_entries(bookings, on, None, tx)


async def book_out(replacements: Sequence[Instruction], on: date, tx: Transaction) -> None:
    """Book what is instructed again: from the bank's account to its payee once more."""
    bookings = [(payment.household_id, payment.month, build_replacement_booking(payment)) for payment in replacements]
    await book_entries(bookings, on, None, tx)
