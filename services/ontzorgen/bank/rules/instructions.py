"""What leaves for the bank: each released payment is one instruction, and its ids are derived from what is paid.

The same payment always has the same id, here and at the bank, so a repeat is refused there and a file made again is
the same to the byte. The id is what the bank sees as end-to-end id: a hash in hexadecimal that holds nothing personal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from services.ontzorgen.bank.rules.accounts import PayableAccount
from services.ontzorgen.bank.rules.payees import Payee
from services.ontzorgen.run.rules.month import find_bank_day
from services.ontzorgen.run.rules.released_runs import PaidLine, PaymentPurpose, ReleasedMonth
from shared.calendar import target_day_from
from shared.errors.refusals import ConflictError, Fault, refuse_if_any
from shared.events.codes import ChargeKind

FAULTS_SHOWN_MAX = 100
ACCOUNT_REASONS = frozenset({"AC01", "AC02", "AC03", "AC04", "AC05", "AC06", "AC07", "AC13", "BE01", "BE05", "RC01"})


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered of a run. `held_cents` is for payees without an account; None before they were looked up."""

    run_id: UUID
    month: str
    ordered_on: date
    made_at: datetime
    held_cents: int | None


@dataclass(frozen=True, slots=True)
class ReleasedPayment:
    """One payment of a released run: a charge, a correction of an earlier month, an attachment, or money to the person.

    `key` is that of the charge or attachment, or the payee ("person", "partner"). `payee` is None without an account.
    """

    household_id: UUID
    run_id: UUID
    month: str
    key: str
    kind: ChargeKind | None
    for_month: str
    is_correction: bool
    on: date
    amount_cents: int
    payee: Payee | None
    purpose: PaymentPurpose = PaymentPurpose.MONTH


@dataclass(frozen=True, slots=True)
class Instruction:
    """One payment to the bank. `id` is also its end-to-end id; `replaces` is the refused one that this replaces."""

    id: UUID
    household_id: UUID
    run_id: UUID
    month: str
    key: str
    kind: ChargeKind | None
    for_month: str
    is_correction: bool
    execute_on: date
    amount_cents: int
    holder: str
    name: str
    iban: str
    remittance: str
    attempt: int = 1
    replaces: UUID | None = None
    purpose: PaymentPurpose = PaymentPurpose.MONTH

    @property
    def end_to_end_id(self) -> str:
        return self.id.hex


def net_corrections(lines: Sequence[PaidLine]) -> list[PaidLine]:
    """Return what is transferred: each negative correction takes from what the same creditor gets, last line first.

    ValueError when a creditor would have to pay: a month nets no more than the creditor gets.
    """
    transferred = [line for line in lines if line.cents > 0]
    for negative in (line for line in lines if line.cents < 0):
        owed_cents = -negative.cents
        for index in range(len(transferred) - 1, -1, -1):
            line = transferred[index]
            if line.kind is not None and line.creditor == negative.creditor:
                netted_cents = min(owed_cents, line.cents)
                transferred[index] = line._replace(cents=line.cents - netted_cents)
                owed_cents -= netted_cents
        if owed_cents:
            raise ValueError("A correction takes more than its creditor gets: the month is not as it was computed.")
    return [line for line in transferred if line.cents]


def list_transfers(month: ReleasedMonth) -> list[PaidLine]:
    """Return what a month transfers; ConflictError when that is not the amount that was sealed."""
    transfers = net_corrections(month.lines)
    if sum(line.cents for line in transfers) != month.total_cents:
        raise ConflictError(
            "month_differs_from_seal", "A month of this run does not add up to what was sealed: call the operator."
        )
    return transfers


def instruct(payment: ReleasedPayment, earliest: date) -> Instruction:
    """Return the instruction for a payment that has a payee: on a day the banks settle, not before `earliest`."""
    if payment.payee is None or payment.amount_cents <= 0:
        raise ValueError("A payment without an account or an amount cannot be instructed: hold it.")
    return Instruction(
        id=uuid5(payment.run_id, _identify(payment)),
        household_id=payment.household_id,
        run_id=payment.run_id,
        month=payment.month,
        key=payment.key,
        kind=payment.kind,
        for_month=payment.for_month,
        is_correction=payment.is_correction,
        execute_on=find_bank_day(payment.on, earliest),
        amount_cents=payment.amount_cents,
        holder=payment.payee.holder,
        name=payment.payee.name,
        iban=payment.payee.iban,
        remittance=payment.payee.remittance,
        purpose=payment.purpose,
    )


def _identify(payment: ReleasedPayment) -> str:
    """Return what is paid, as no other payment of the run has it."""
    paid_on, what = "", str(payment.purpose)
    if payment.purpose is PaymentPurpose.MONTH:
        paid_on = "" if payment.kind is not None else payment.on.isoformat()  # a person is paid several times a month
        what = "correction" if payment.is_correction else "payment"
    return f"{what} {payment.household_id} {payment.month} {payment.key} {payment.for_month} {paid_on}"


def sum_by_household(payments: Iterable[ReleasedPayment]) -> dict[tuple[UUID, str], int]:
    """Return the cents of these payments by household and month."""
    sums: dict[tuple[UUID, str], int] = {}
    for payment in payments:
        household_month = (payment.household_id, payment.month)
        sums[household_month] = sums.get(household_month, 0) + payment.amount_cents
    return sums


def refuse_wrong_accounts(keys: Sequence[str]) -> None:
    """WrongInputError that names the charges whose account cannot be paid, never the accounts; none: nothing."""
    refuse_if_any([_describe_wrong_account(key) for key in keys[:FAULTS_SHOWN_MAX]])


def _describe_wrong_account(key: str) -> Fault:
    charge = key.rpartition("/")[2]
    return Fault(
        "iban",
        "wrong_account",
        f"The account of {charge} cannot be paid: compare it with the payee's own letter. Nothing was exported.",
    )


def has_new_account(refused: Instruction, reason_code: str, current: PayableAccount | None) -> bool:
    """Return whether a payment that was refused for its account has another account now, `current`."""
    return reason_code in ACCOUNT_REASONS and current is not None and current.iban != refused.iban


def require_other_than_bringer(received_by: str | None, subject: str) -> None:
    """ConflictError for whoever brought the bank's message by which the payment was refused: it takes a second one."""
    if received_by == subject:
        raise ConflictError(
            "own_bank_message",
            "You brought the bank's message that refuses this payment yourself: let a colleague instruct it again.",
        )


def require_refused(reason_code: str | None) -> str:
    """Return why a payment was refused; ConflictError when it was not."""
    if reason_code is None:
        raise ConflictError("payment_not_refused", "The bank did not refuse this payment: there is nothing to replace.")
    return reason_code


def require_unpaid(*, is_paid_after_all: bool) -> None:
    """ConflictError for a payment that the bank refused and then paid without giving it back."""
    if is_paid_after_all:
        raise ConflictError(
            "payment_paid_after_all",
            "A statement says that the bank paid this after all: it would be paid twice. Ask the bank which is right.",
        )


def replace_instruction(
    refused: Instruction, reason_code: str, current: PayableAccount | None, earliest: date
) -> Instruction:
    """Return a new instruction for one that the bank refused or gave back: with a new id and a link to the old one.

    ConflictError while there is no account to pay on.
    """
    if current is None:
        raise ConflictError(
            "no_payee_account",
            "No confirmed account of this payee is known: enter it and let a colleague confirm it first.",
        )
    if reason_code in ACCOUNT_REASONS and not has_new_account(refused, reason_code, current):
        raise ConflictError(
            "payee_account_refused",
            "The bank refused this account: enter the right account and let a colleague confirm it first.",
        )
    return replace(
        refused,
        id=uuid5(refused.id, "anew"),
        name=current.name,
        iban=current.iban,
        execute_on=target_day_from(earliest),
        attempt=refused.attempt + 1,
        replaces=refused.id,
    )
