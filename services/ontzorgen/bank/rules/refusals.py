"""A payment that the bank refused or gave back: why, what to do about it, and how it is booked and published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.instructions import Instruction
from services.ontzorgen.ledger.rules import CREDITOR_OF, Account, Booking, EntryKind, Line
from services.ontzorgen.run.rules.released_runs import PaymentPurpose
from shared.events import PaymentRefused
from shared.events.codes import Payee

UNEXPLAINED = "NARR"


class BankReason(StrEnum):
    """Waarom de bank een betaling weigerde of teruggaf; docs/explanations.md noemt van elke de code van de bank."""

    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_UNUSABLE = "account_unusable"
    ACCOUNT_CLOSED = "account_closed"
    OWN_ACCOUNT_CLOSED = "own_account_closed"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_OF_WRONG_KIND = "account_of_wrong_kind"
    NOT_ALLOWED_ON_ACCOUNT = "not_allowed_on_account"
    PAYMENT_KIND_UNKNOWN = "payment_kind_unknown"
    AMOUNT_TOO_LARGE = "amount_too_large"
    OWN_BALANCE_TOO_LOW = "own_balance_too_low"
    PAYMENT_TWICE = "payment_twice"
    ADDRESS_OF_PAYEE_WRONG = "address_of_payee_wrong"
    BANK_OF_PAYEE_OUT_OF_REACH = "bank_of_payee_out_of_reach"
    OWN_BANK_UNKNOWN = "own_bank_unknown"
    DAY_UNUSABLE = "day_unusable"
    FILE_TWICE = "file_twice"
    FILE_UNREADABLE = "file_unreadable"
    CALLED_BACK = "called_back"
    HOLDER_DIED = "holder_died"
    SENT_BACK_BY_PAYEE = "sent_back_by_payee"
    NOT_SAID = "not_said"
    BANK_CODE_WRONG = "bank_code_wrong"
    LAW_ASKS_ACCOUNT_OF_PAYER = "law_asks_account_of_payer"
    LAW_ASKS_NAME_OF_PAYER = "law_asks_name_of_payer"
    LAW_ASKS_NAME_OF_PAYEE = "law_asks_name_of_payee"
    FORBIDDEN_BY_LAW = "forbidden_by_law"
    SERVICE_NOT_OFFERED = "service_not_offered"
    TOO_LATE_IN_DAY = "too_late_in_day"
    OTHER = "other"


_REASONS: Final[Mapping[str, tuple[BankReason, str]]] = {
    "AC01": (BankReason.ACCOUNT_UNKNOWN, "The account number does not exist: ask the payee for the right one."),
    "AC03": (
        BankReason.ACCOUNT_UNUSABLE,
        "The payee's account number cannot be used: ask the payee for the right one.",
    ),
    "AC04": (BankReason.ACCOUNT_CLOSED, "The account is closed: ask the payee for a new one."),
    "AC05": (
        BankReason.OWN_ACCOUNT_CLOSED,
        "The municipality's own account is closed: enter another account to pay from.",
    ),
    "AC06": (BankReason.ACCOUNT_BLOCKED, "The account is blocked: ask the payee for another one."),
    "AC13": (
        BankReason.ACCOUNT_OF_WRONG_KIND,
        "The account is of a kind that cannot be paid into: ask the payee for another one.",
    ),
    "AG01": (
        BankReason.NOT_ALLOWED_ON_ACCOUNT,
        "Payments of this kind are not allowed on this account: ask the payee for another one.",
    ),
    "AG02": (
        BankReason.PAYMENT_KIND_UNKNOWN,
        "The bank does not know this kind of payment: ask the bank what it expects.",
    ),
    "AM02": (
        BankReason.AMOUNT_TOO_LARGE,
        "The amount is more than the bank allows at once: ask the bank to raise the limit.",
    ),
    "AM04": (
        BankReason.OWN_BALANCE_TOO_LOW,
        "There was not enough money on the municipality's account: fill it up and instruct it again.",
    ),
    "AM05": (
        BankReason.PAYMENT_TWICE,
        "The bank takes it for a payment it had before: check on the statement that it was paid once.",
    ),
    "BE04": (
        BankReason.ADDRESS_OF_PAYEE_WRONG,
        "The payee's address is missing or wrong at the bank: ask the bank what it needs.",
    ),
    "CNOR": (
        BankReason.BANK_OF_PAYEE_OUT_OF_REACH,
        "The payee's bank cannot be reached by this bank: ask the payee for another account.",
    ),
    "DNOR": (BankReason.OWN_BANK_UNKNOWN, "The municipality's bank is not known to the payee's: ask the bank."),
    "DT01": (BankReason.DAY_UNUSABLE, "The day of execution cannot be used: instruct it again for a later day."),
    "DUPL": (
        BankReason.FILE_TWICE,
        "The bank takes it for a file it had before: check on the statement that it was paid once.",
    ),
    "FF01": (BankReason.FILE_UNREADABLE, "The bank could not read the file: ask the bank what it expects."),
    "FOCR": (
        BankReason.CALLED_BACK,
        "The payment was called back and returned: find out why before it is instructed again.",
    ),
    "MD07": (BankReason.HOLDER_DIED, "The holder of the account has died: talk to the case manager."),
    "MS02": (BankReason.SENT_BACK_BY_PAYEE, "The payee sent the money back without a reason: ask why."),
    "MS03": (BankReason.NOT_SAID, "The bank gives no reason: ask the bank."),
    "RC01": (BankReason.BANK_CODE_WRONG, "The code of the payee's bank is wrong: ask the payee for the right account."),
    "RR01": (BankReason.LAW_ASKS_ACCOUNT_OF_PAYER, "The law asks the bank for the payer's account: ask the bank."),
    "RR02": (BankReason.LAW_ASKS_NAME_OF_PAYER, "The law asks the bank for the payer's name or address: ask the bank."),
    "RR03": (BankReason.LAW_ASKS_NAME_OF_PAYEE, "The law asks the bank for the payee's name or address: complete it."),
    "RR04": (BankReason.FORBIDDEN_BY_LAW, "The law does not let the bank do this: ask the bank."),
    "SL01": (BankReason.SERVICE_NOT_OFFERED, "The bank does not offer this service on this account: ask the bank."),
    "TM01": (BankReason.TOO_LATE_IN_DAY, "The file came too late in the day: instruct it again."),
}
_OTHER = (BankReason.OTHER, "The bank gives another reason: ask the bank what this code means.")
REASONS = tuple(_REASONS)
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
    return _REASONS.get(code, _OTHER)[1]


def name_reason(code: str) -> BankReason:
    """Return the reason that a code of the bank stands for, for programs that find words of their own."""
    return _REASONS.get(code, _OTHER)[0]


def list_reasons() -> list[tuple[str, BankReason, str]]:
    """Return every reason: the code of the bank, empty for all others, its name, and its sentence."""
    return [*((code, *named) for code, named in _REASONS.items()), ("", *_OTHER)]


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
