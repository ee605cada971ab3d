"""A statement of the bank as plain values: its head with the balances, its entries, and the payments in them.

Amounts are signed cents from the account's side: what leaves it is negative.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.messages import ForeignFileError, is_placeholder
from shared.errors.refusals import ConflictError


class Detail(NamedTuple):
    """One payment inside an entry. A tuple, as there are many: a frozen dataclass takes three times as long to make.

    `end_to_end_id` is the id that we gave it: where the bank leaves that out, the one of its instruction.
    """

    amount_cents: int | None
    end_to_end_id: str
    reference: str
    return_code: str


class Entry(NamedTuple):
    """One booking. `batch_id` is our PmtInfId and `file_id` our MsgId where the bank books several payments as one.

    `rest_cents` is what the payments in it leave unexplained, such as charges; `details` may be empty.
    """

    number: int
    reference: str
    booked_on: date
    amount_cents: int
    batch_id: str
    details: tuple[Detail, ...]
    file_id: str = ""
    is_reversal: bool = False
    rest_cents: int = 0

    @property
    def is_batch(self) -> bool:
        """Whether it books a batch or file as one: no payment in it is named."""
        if not self.batch_id and not self.file_id:
            return False
        return all(is_placeholder(detail.end_to_end_id) and not detail.return_code for detail in self.details)


@dataclass(frozen=True, slots=True)
class StatementHead:
    """What a statement opens with. Balances are signed cents; a page of a longer one may lack them.

    `page` counts from 1. `is_whole` is false for a page: what it lacks is on the others, up to the last.
    """

    number: int
    id: str
    iban: str
    currency: str
    opening_cents: int | None
    closing_cents: int | None
    opened_on: date | None = None
    closed_on: date | None = None
    sequence: int | None = None
    page: int = 1
    is_whole: bool = True


class PageEnd(NamedTuple):
    """The end of a page of a longer statement. `sum_cents` is what its entries add up to."""

    is_last: bool
    sum_cents: int


@dataclass(frozen=True, slots=True)
class KnownStatement:
    """A statement that was read before: the day of its first entry, its balances, and what it calls itself."""

    first_on: date | None
    opening_cents: int | None
    closing_cents: int | None
    closed_on: date | None
    sequence: int | None

    def is_same_as(self, head: StatementHead, first_on: date | None) -> bool:
        """Return whether a statement with the same id and page is this one again, and not of a later day or year."""
        if None not in (self.sequence, head.sequence) and self.sequence != head.sequence:
            return False
        if first_on is None and self.first_on is None:
            return self.closed_on in (None, head.closed_on)
        return first_on == self.first_on


def require_own_account(head: StatementHead, ibans: Collection[str]) -> None:
    """ForeignFileError unless the statement is of one of the municipality's accounts."""
    if head.iban not in ibans:
        raise ForeignFileError(
            "foreign_account",
            "This statement is of an account that is not this municipality's: send your own. If the account is yours, "
            "enter it and let a colleague confirm it first.",
        )


def find_same(known: Sequence[KnownStatement], head: StatementHead, first_on: date | None) -> KnownStatement | None:
    """Return the statement among those with this id that this is again; None if it is new.

    ConflictError when it has other balances than before: one of the two is wrong, and only the bank knows which.
    """
    if is_placeholder(head.id):
        return None
    same = [statement for statement in known if statement.is_same_as(head, first_on)]
    balances = (head.opening_cents, head.closing_cents)
    exact = [statement for statement in same if (statement.opening_cents, statement.closing_cents) == balances]
    if same and not exact:
        raise ConflictError(
            "statement_with_other_balances",
            "A statement with this number and day was read before with other balances: ask the bank which of the two "
            "is right. If it is this one, let the bank issue it anew with a number of its own; nothing is then counted "
            "twice.",
        )
    return exact[0] if exact else None


def require_seen(unseen_ids: Collection[UUID]) -> None:
    """ConflictError when a statement that was read before has entries now that it had not, about these payments."""
    if unseen_ids:
        raise ConflictError(
            "statement_with_other_entries",
            "A statement with this number, day and balances was read before with other entries: ask the bank which of "
            "the two is right. If it is this one, let the bank issue it anew with a number of its own; nothing is then "
            "counted twice.",
        )


def build_fingerprint(entry: Entry, iban: str) -> str | None:
    """Return what makes an entry the same one in another statement of this account; None if nothing identifies it.

    It is the bank's reference, the day, the amount with its direction, and the end-to-end id. Texts that stand for a
    missing reference identify nothing; without a reference the ids of the payments do.
    """
    reference = "" if is_placeholder(entry.reference) else entry.reference
    if len(entry.details) == 1 or not reference:
        ids = [detail.end_to_end_id for detail in entry.details]
        name = ",".join([sent_id for sent_id in ids if not is_placeholder(sent_id)]).lower()
    else:
        name = ""
    if not reference:
        name = name or entry.batch_id or entry.file_id
        if not name:
            return None
    text = f"{iban}|{reference}|{entry.booked_on}|{entry.amount_cents}|{name}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def select_new(
    entries: Sequence[Entry],
    fingerprints: Sequence[str | None],
    earlier: Mapping[str, int],
    own: Mapping[str, int],
    skipped: Counter[str],
) -> list[Entry]:
    """Return the entries that no other statement had: the same twice in this one is a repeat of two there, not of one.

    `earlier` counts fingerprints in other statements, `own` those of this one that were recorded, `skipped` those of
    this one that were not, to which repeats are added here.
    """
    new_entries: list[Entry] = []
    for entry, fingerprint in zip(entries, fingerprints, strict=True):
        if fingerprint is not None and own.get(fingerprint, 0) + skipped[fingerprint] < earlier.get(fingerprint, 0):
            skipped[fingerprint] += 1
        else:
            new_entries.append(entry)
    return new_entries
