"""A payment that the bank refused or gave back: why, what to do about it, and how it is booked and published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.ledger.rules import CREDITOR_OF, Account, Booking, EntryKind, Line
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.events import PaymentRefused
from shared.events.codes import Payee

UNEXPLAINED = "NARR"

_SENTENCES = {
    "AC01": "The account number does not exist: ask the payee for the right one.",
    "AC03": "The payee's account number cannot be used: ask the payee for the right one.",
    "AC04": "The account is closed: ask the payee for a new one.",
    "AC05": "The municipality's own account is closed: enter another account to pay from.",
    "AC06": "The account is blocked: ask the payee for another one.",
    "AC13": "The account is of a kind that cannot be paid into: ask the payee for another one.",
    "AG01": "Payments of this kind are not allowed on this account: ask the payee for another one.",
    "AG02": "The bank does not know this kind of payment: ask the bank what it expects.",
    "AM02": "The amount is more than the bank allows at once: ask the bank to raise the limit.",
    "AM04": "There was not enough money on the municipality's account: fill it up and instruct it again.",
    "AM05": "The bank takes it for a payment it had before: check on the statement that it was paid once.",
    "BE04": "The payee's address is missing or wrong at the bank: ask the bank what it needs.",
    "CNOR": "The payee's bank cannot be reached by this bank: ask the payee for another account.",
    "DNOR": "The municipality's bank is not known to the payee's: ask the bank.",
    "DT01": "The day of execution cannot be used: instruct it again for a later day.",
    "DUPL": "The bank takes it for a file it had before: check on the statement that it was paid once.",
    "FF01": "The bank could not read the file: ask the bank what it expects.",
    "FOCR": "The payment was called back and returned: find out why before it is instructed again.",
    "MD07": "The holder of the account has died: talk to the case manager.",
    "MS02": "The payee sent the money back without a reason: ask why.",
    "MS03": "The bank gives no reason: ask the bank.",
    "RC01": "The code of the payee's bank is wrong: ask the payee for the right account.",
    "RR01": "The law asks the bank for the payer's account: ask the bank.",
    "RR02": "The law asks the bank for the payer's name or address: ask the bank.",
    "RR03": "The law asks the bank for the payee's name or address: complete it.",
    "RR04": "The law does not let the bank do this: ask the bank.",
    "SL01": "The bank does not offer this service on this account: ask the bank.",
    "TM01": "The file came too late in the day: instruct it again.",
}
REASONS = tuple(_SENTENCES)
OTHER_REASON = "other"


class Refusal(NamedTuple):
    """A payment that was refused or came back, by its id."""

    instruction_id: UUID
    reason_code: str
    refused_on: date


@dataclass(frozen=True, slots=True)
class RefusedPayment:
    """A refused payment with what was instructed, and whom it is about."""

    instruction: Instruction
    refusal: Refusal
    person_id: UUID


def explain_reason(code: str) -> str:
    """Return what a reason code means and what to do, for the person who has to fix it."""
    return _SENTENCES.get(code, "The bank gives another reason: ask the bank what this code means.")


def build_refused_event(payment: RefusedPayment) -> PaymentRefused:
    """Return the event that a refused payment publishes."""
    instruction, refusal = payment.instruction, payment.refusal
    is_charge = instruction.kind is not None
    return PaymentRefused(
        household_id=instruction.household_id,
        person_id=payment.person_id,
        payment_id=instruction.id,
        month=instruction.month,
        kind=instruction.kind,
        amount_cents=instruction.amount_cents,
        reason_code=refusal.reason_code,
        refused_on=refusal.refused_on,
        payee=None if is_charge else Payee(instruction.key),
        holiday_allowance=instruction.purpose is PaymentPurpose.HOLIDAY_ALLOWANCE or None,
        for_month=instruction.for_month if is_charge and instruction.for_month != instruction.month else None,
    )


def group_by_day(payments: Iterable[RefusedPayment]) -> dict[date, list[RefusedPayment]]:
    """Return refused payments by the day of their refusal, earliest day first."""
    by_day: dict[date, list[RefusedPayment]] = {}
    for payment in payments:
        by_day.setdefault(payment.refusal.refused_on, []).append(payment)
    return dict(sorted(by_day.items()))


def build_return_booking(refused: Instruction) -> Booking:
    """Return the booking of a refused payment: its money lies on the bank's account until it is instructed again."""
    return _move_money(refused, refused.amount_cents)


def build_replacement_booking(replacement: Instruction) -> Booking:
    """Return the booking of a payment instructed again: from the bank's account to its payee once more."""
    return _move_money(replacement, -replacement.amount_cents)


def _move_money(instruction: Instruction, back_cents: int) -> Booking:
    if instruction.purpose is PaymentPurpose.ATTACHMENT:
        payee = Account.ATTACHMENT
    else:
        payee = Account.PERSON if instruction.kind is None else CREDITOR_OF[instruction.kind]
    return Booking(EntryKind.BANK, [Line(payee.value, -back_cents), Line(Account.BANK.value, back_cents)])
