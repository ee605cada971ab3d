"""What an entry of the bank may be about, and the five outcomes in which every entry ends.

A match is one payment, to the cent; a split is one entry that pays several of ours, to the cent; a part is ours with
another amount; returned is money of ours that came back; unknown is not ours, or ours for the second time.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.bank_statements import Entry
from services.ontzorgen.bank.rules.messages import is_placeholder

_ID_CHARACTERS = 32
_ID_AS_SENT = re.compile(r"[0-9a-f]{32}")
IDS_CACHED_MAX = 8_192  # more than are looked up at once


class Outcome(StrEnum):
    """What an entry turned out to be."""

    MATCH = "match"
    SPLIT = "split"
    PART = "part"
    RETURNED = "returned"
    UNKNOWN = "unknown"


PAID_OUTCOMES = frozenset({Outcome.MATCH, Outcome.SPLIT})


class Sent(NamedTuple):
    """A payment that went to the bank, as far as matching goes, with what earlier entries made of it.

    `debited_cents` and `credited_cents` are what left the account for it and what came back; `is_refused` is whether it
    was refused before, and `is_replaced` whether it was instructed anew since.
    """

    id: UUID
    amount_cents: int
    is_paid: bool = False
    is_returned: bool = False
    debited_cents: int = 0
    credited_cents: int = 0
    is_refused: bool = False
    is_replaced: bool = False


@dataclass(frozen=True, slots=True)
class MatchingContext:
    """What was sent, by what the entries name. `by_reference` and `by_batch` are oldest first.

    References are without spaces. `by_file` has the batches of a file by its id; `unmatched_cents` is what entries
    moved that named a batch or file and could not be matched with its payments.
    """

    by_id: Mapping[UUID, Sent]
    by_reference: Mapping[tuple[int, str], Sequence[Sent]]
    by_batch: Mapping[str, Sequence[Sent]]
    by_file: Mapping[str, Sequence[Sequence[Sent]]] = field(default_factory=dict)
    unmatched_cents: Mapping[str, int] = field(default_factory=dict)

    def index_sent(self) -> dict[UUID, Sent]:
        """Return every payment in it by its id."""
        lists = (*self.by_reference.values(), *self.by_batch.values(), *chain.from_iterable(self.by_file.values()))
        return {sent.id: sent for sent in chain(self.by_id.values(), *lists)}


class Match(NamedTuple):
    """A part of an entry with its outcome; an entry has one, or one for each payment in it.

    `batch_id` is the batch or file that it names and whose payments it does not fit. `is_unclear`: it is, or may be,
    about ours and says too little, as charges beside payments of ours do.
    """

    number: int
    part: int
    outcome: Outcome
    amount_cents: int
    sent_id: UUID | None
    return_code: str
    batch_id: str = ""
    is_unclear: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether it pays one of ours in full."""
        return self.outcome in PAID_OUTCOMES


def select_plain(entries: Sequence[Entry]) -> list[Entry]:
    """Return those that pay one payment and name it by an id that no other here names.

    Most are a match, whatever their order. `select_unclaimed` says which of them no other entry can be about.
    """
    times = Counter([detail.end_to_end_id for entry in entries for detail in entry.details])
    return [
        entry
        for entry in entries
        if entry.amount_cents < 0
        and len(entry.details) == 1
        and not entry.rest_cents
        and not entry.is_reversal
        and times[(detail := entry.details[0]).end_to_end_id] == 1
        and not detail.return_code
        and _ID_AS_SENT.fullmatch(detail.end_to_end_id)
    ]


def select_unclaimed(plain_entries: Sequence[Entry], context: MatchingContext) -> Sequence[Entry]:
    """Return the plain entries whose payment is not in the context of the others, so that none goes before."""
    claimed = {sent_id.hex for sent_id in context.index_sent()}
    if not claimed:
        return plain_entries
    return [entry for entry in plain_entries if entry.details[0].end_to_end_id not in claimed]


def exclude_entries(entries: Sequence[Entry], numbers: Collection[int]) -> list[Entry]:
    """Return the entries that do not have these numbers, in their order."""
    if len(numbers) == len(entries):
        return []
    return [entry for entry in entries if entry.number not in numbers]


def list_sent_ids(entries: Iterable[Entry]) -> list[UUID]:
    """Return the end-to-end ids in these entries that may be ours."""
    ids = (parse_sent_id(detail.end_to_end_id) for entry in entries for detail in entry.details)
    return [sent_id for sent_id in ids if sent_id is not None]


def list_references(entries: Iterable[Entry]) -> set[tuple[int, str]]:
    """Return amount and reference, without spaces, of what leaves the account without an end-to-end id."""
    nameless = [
        (entry, detail, squeeze(detail.reference))
        for entry in entries
        for detail in entry.details
        if detail.reference and detail.amount_cents is not None and is_placeholder(detail.end_to_end_id)
    ]
    references = {(-(detail.amount_cents or 0), reference) for _, detail, reference in nameless}
    return references | {
        (entry.rest_cents - entry.amount_cents, reference) for entry, _, reference in nameless if entry.rest_cents
    }


def list_batch_ids(entries: Iterable[Entry]) -> tuple[set[str], set[str]]:
    """Return the batches and the files that were booked as one, without the ids of the payments in them."""
    booked_as_one = [entry for entry in entries if entry.is_batch]
    batch_ids, file_ids = {entry.batch_id for entry in booked_as_one}, {entry.file_id for entry in booked_as_one}
    return batch_ids - {""}, file_ids - {""}


def squeeze(reference: str) -> str:
    """Return a reference without spaces: banks break its lines anywhere."""
    return "".join(reference.split())


@lru_cache(maxsize=IDS_CACHED_MAX)
def parse_sent_id(end_to_end_id: str) -> UUID | None:
    """Return an end-to-end id as the id of a payment; None if it has not the form of ours.

    Cached, as each is needed twice: to look payments up and to match them.
    """
    if len(end_to_end_id) != _ID_CHARACTERS:
        return None
    try:
        return UUID(end_to_end_id)
    except ValueError:
        return None
