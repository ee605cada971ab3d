"""What the bank says, as plain values: entries of a statement, statuses of payments, and reasons with their sentence.

Amounts are signed cents from the account's side: what leaves it is negative.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from shared.errors.refusals import ConflictError, Fault, WrongInputError

NOT_PROVIDED = frozenset({"", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE"})


class BankFileError(WrongInputError):
    """A file of the bank can not be used; nothing of it was kept."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(Fault("body", code, sentence))


class ForeignFileError(ConflictError):
    """A file is well made, but it is another municipality's, or about payments that were not made here."""


class Detail(NamedTuple):
    """One payment inside an entry. A tuple, as there are many: a frozen dataclass takes three times as long to make."""

    amount_cents: int | None
    end_to_end_id: str
    reference: str
    return_code: str


class Entry(NamedTuple):
    """One booking. `batch_id` is our PmtInfId where the bank books a batch; `details` may be empty then."""

    number: int
    reference: str
    booked_on: date
    amount_cents: int
    batch_id: str
    details: tuple[Detail, ...]

    @property
    def is_batch(self) -> bool:
        """Whether it books a batch as one: no payment in it is named, or one that names the batch alone."""
        if not self.batch_id or len(self.details) > 1:
            return False
        return all(one.end_to_end_id in NOT_PROVIDED and not one.return_code for one in self.details)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What a statement opens with. Balances are signed cents."""

    number: int
    id: str
    iban: str
    currency: str
    opening_cents: int
    closing_cents: int


class StatusLevel(StrEnum):
    """What a status speaks of: a whole file, one day's batch, or one payment."""

    FILE = "file"
    BATCH = "batch"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Status:
    """One status in a status report. `of` is the id, as we gave it, of what it speaks of."""

    level: StatusLevel
    of: str
    code: str
    reason_code: str

    @property
    def is_repeat(self) -> bool:
        """The bank refused a second copy; what it got first stands, so nothing is to be paid anew."""
        return self.code == REFUSED and self.reason_code in REPEATED

    @property
    def is_refusal(self) -> bool:
        return self.code == REFUSED and not self.is_repeat

    def within(self, wider: "Status | None") -> "Status":
        """What holds of a payment when this is said of it, after what was said of its batch or file.

        ConflictError when one report refuses and accepts it: paying anew might pay twice.
        """
        if wider is None or wider.code != REFUSED:
            return self
        if self.code == PARTLY:
            return wider
        if self.code != REFUSED:
            raise ConflictError(
                "This status report both refuses and accepts a payment: ask the bank which holds before paying anew."
            )
        return self if self.reason_code != UNEXPLAINED else replace(self, reason_code=wider.reason_code)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A pain.002: the file it answers, and every status in it."""

    id: str
    made_on: date
    file_id: str
    statuses: tuple[Status, ...]


REFUSED = "RJCT"
PARTLY = "PART"
WAITING = frozenset({"RCVD", "PDNG", "PATC"})
ACCEPTED = WAITING | {"ACCP", "ACTC", "ACSP", "ACSC", "ACWC", "ACCC", "ACWP", "ACFC"}
REPEATED = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05"})
UNEXPLAINED = "NARR"

_REASONS = {
    "AC01": "The account number does not exist: ask the payee for the right one.",
    "AC03": "The payee's account number can not be used: ask the payee for the right one.",
    "AC04": "The account is closed: ask the payee for a new one.",
    "AC05": "The municipality's own account is closed: enter another account to pay from.",
    "AC06": "The account is blocked: ask the payee for another one.",
    "AC13": "The account is of a kind that can not be paid into: ask the payee for another one.",
    "AG01": "Payments of this kind are not allowed on this account: ask the payee for another one.",
    "AG02": "The bank does not know this kind of payment: ask the bank what it expects.",
    "AM02": "The amount is more than the bank allows at once: ask the bank to raise the limit.",
    "AM04": "There was not enough money on the municipality's account: fill it up and instruct anew.",
    "AM05": "The bank takes it for a payment it had before: see on the statement that it was paid once.",
    "BE04": "The payee's address is missing or wrong at the bank: ask the bank what it needs.",
    "CNOR": "The payee's bank can not be reached by this bank: ask the payee for another account.",
    "DNOR": "The municipality's bank is not known to the payee's: ask the bank.",
    "DT01": "The day of execution can not be used: instruct anew for a later day.",
    "DUPL": "The bank takes it for a file it had before: see on the statement that it was paid once.",
    "FF01": "The bank could not read the file: ask the bank what it expects.",
    "FOCR": "The payment was called back and returned: look why before it is instructed anew.",
    "MD07": "The holder of the account has died: talk to the case manager.",
    "MS02": "The payee sent the money back without a reason: ask why.",
    "MS03": "The bank gives no reason: ask the bank.",
    "RC01": "The code of the payee's bank is wrong: ask the payee for the right account.",
    "RR01": "The law asks the bank for the payer's account: ask the bank.",
    "RR02": "The law asks the bank for the payer's name or address: ask the bank.",
    "RR03": "The law asks the bank for the payee's name or address: complete it.",
    "RR04": "The law does not let the bank do this: ask the bank.",
    "SL01": "The bank does not offer this service on this account: ask the bank.",
    "TM01": "The file came too late in the day: instruct anew.",
}


def reason_sentence(code: str) -> str:
    """What a reason code means and what to do, for the person who has to mend it."""
    return _REASONS.get(code, "The bank gives another reason: ask the bank what this code means.")
