"""Bank accounts that the municipality pays from and persons are paid on: proposed by one, confirmed by another."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.errors.refusals import ConflictError, Fault, WrongInputError

MUNICIPALITY_HOLDER = "municipality"


class PayableAccount(NamedTuple):
    """An account in force: whoever holds it is paid on it, or pays from it."""

    name: str
    iban: str


@dataclass(frozen=True)
class BankAccount:
    """An account as it is on record; payments use it once someone other than its proposer confirmed it."""

    id: UUID
    holder: str
    name: str
    iban: str
    proposed_by: str
    proposed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


def build_person_holder(payee: str, household_id: UUID) -> str:
    """Return the key under which the account of a person of a household ("person", "partner") is stored."""
    return f"{payee}:{household_id}"


def build_charge_holder(charge_id: UUID) -> str:
    """Return the key of the creditor of a charge."""
    return f"charge:{charge_id}"


def build_attachment_holder(attachment_id: UUID) -> str:
    """Return the key of the creditor of an attachment."""
    return f"attachment:{attachment_id}"


def check_proposal(*, is_payable: bool, is_readable: bool) -> None:
    """WrongInputError for an account that no bank pays or a name that no bank reads. Neither is ever repeated."""
    if not is_payable:
        sentence = "The check digits or the length of this IBAN are not right: compare it again."
        raise WrongInputError(Fault("iban", "wrong_account", sentence))
    if not is_readable:
        sentence = (
            "No bank can read this name: write it in Latin letters, as the bank knows it and prints it on the card."
        )
        raise WrongInputError(Fault("name", "unreadable_name", sentence))


def count_sharing_households(holder: str, holders: Iterable[str]) -> int:
    """Count the other households among these holders of an account.

    None for the municipality's own account, on which it may manage the money of several.
    """
    households = {_get_household(other) for other in {*holders, holder}}
    return 0 if "" in households else len(households - {_get_household(holder)})


def find_household_id(holder: str) -> UUID | None:
    """Return the household of a person who holds an account; None for the municipality."""
    household = _get_household(holder)
    return UUID(household) if household else None


def _get_household(holder: str) -> str:
    return holder.partition(":")[2]


def require_same_account(existing: BankAccount | None, proposed: BankAccount) -> BankAccount:
    """Return what is on record for a proposal; ConflictError when its id is in use for another account."""
    fields = ("holder", "name", "iban")
    if existing is None or any(getattr(existing, field) != getattr(proposed, field) for field in fields):
        raise ConflictError("id_in_use", "This id is in use for another account: send a new id.")
    return existing


def needs_confirmation(account: BankAccount, subject: str, others: Collection[BankAccount] = ()) -> bool:
    """Return whether this person's confirmation is still needed; `others` are the holder's other accounts on record.

    ConflictError for whoever proposed it, also when a colleague did so too, and once a newer one is in force.
    """
    if account.confirmed_by is not None:
        return False
    same = [other for other in others if other.iban == account.iban and other.confirmed_by is None]
    if subject in {account.proposed_by, *(other.proposed_by for other in same)}:
        raise ConflictError(
            "own_account_entry", "You entered this account yourself: let a colleague compare and confirm it."
        )
    if any(other.confirmed_by is not None and _is_newer(other, account) for other in others):
        raise ConflictError(
            "newer_account", "A newer account of this payee is in force: enter this one anew if it is right after all."
        )
    return True


def _is_newer(other: BankAccount, account: BankAccount) -> bool:
    proposed_at = other.proposed_at, account.proposed_at
    return proposed_at[0] is not None and proposed_at[1] is not None and proposed_at[0] > proposed_at[1]


def require_own_account(account: PayableAccount | None) -> PayableAccount:
    """Return the account that the municipality pays from; ConflictError while none is confirmed."""
    if account is None:
        raise ConflictError(
            "no_paying_account",
            "There is no confirmed account of the municipality to pay from: enter it and let a colleague confirm it.",
        )
    return account
