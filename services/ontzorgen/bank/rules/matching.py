"""Which of our payments an entry of the bank is about. Every entry ends in one of five outcomes, whatever their order.

A match is one payment, to the cent; a split is one entry that pays several of ours, to the cent; a part is ours with
another amount; returned is money of ours that came back; unknown is not ours, or ours for the second time.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.messages import NOT_PROVIDED

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
    """A payment that went to the bank, as far as matching goes, with what earlier entries made of it."""

    id: UUID
    amount_cents: int
    is_paid: bool = False
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class MatchingContext:
    """What was sent, by what the entries name. `by_reference` and `by_batch` are oldest first."""

    by_id: Mapping[UUID, Sent]
    by_reference: Mapping[tuple[int, str], Sequence[Sent]]
    by_batch: Mapping[str, Sequence[Sent]]


class Match(NamedTuple):
    """A part of an entry with its outcome; an entry has one, or one for each payment in it."""

    number: int
    part: int
    outcome: Outcome
    amount_cents: int
    sent_id: UUID | None
    return_code: str

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
        and times[(detail := entry.details[0]).end_to_end_id] == 1
        and not detail.return_code
        and _ID_AS_SENT.fullmatch(detail.end_to_end_id)
    ]


def select_unclaimed(plain_entries: Sequence[Entry], context: MatchingContext) -> Sequence[Entry]:
    """Return the plain entries whose payment is not in the context of the others, so that none goes before."""
    claimed = {sent.id.hex for sent in _iterate_sent(context)}
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
    """Return amount and reference of what leaves the account without an end-to-end id."""
    return {
        (-_get_cents(entry, detail), detail.reference)
        for entry in entries
        for detail in entry.details
        if detail.reference and detail.end_to_end_id in NOT_PROVIDED
    }


def list_batch_ids(entries: Iterable[Entry]) -> set[str]:
    """Return the batches that were booked as one, without the payments in them."""
    return {entry.batch_id for entry in entries if entry.is_batch}


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


def match_entries(entries: Sequence[Entry], context: MatchingContext) -> list[Match]:
    """Return the outcome of each entry, in their order; what one paid in full, another does not pay again."""
    paid = {sent.id for sent in _iterate_sent(context) if sent.is_paid}
    returned = {sent.id for sent in _iterate_sent(context) if sent.is_returned}
    matches: list[Match] = []
    for entry in entries:
        if entry.is_batch and entry.batch_id in context.by_batch:
            matches.extend(_match_batch(entry, context.by_batch[entry.batch_id], paid))
            continue
        details = entry.details or (Detail(entry.amount_cents, "", "", ""),)
        for part, detail in enumerate(details, 1):
            cents = _get_cents(entry, detail)
            sent = _find_sent(cents, detail, context, paid)
            if sent is None:
                outcome = Outcome.UNKNOWN
            elif cents > 0:
                outcome = _match_return(cents, sent, returned)
            else:
                exact = Outcome.SPLIT if len(details) > 1 else Outcome.MATCH
                outcome = _match_payment(cents, sent, paid, exact=exact)
            sent_id = None if sent is None else sent.id
            matches.append(Match(entry.number, part, outcome, cents, sent_id, detail.return_code))
    return matches


def _find_sent(cents: int, detail: Detail, context: MatchingContext, paid: set[UUID]) -> Sent | None:
    """By end-to-end id; without one by amount and reference, of several alike the oldest that is still open."""
    if detail.end_to_end_id not in NOT_PROVIDED:
        sent_id = parse_sent_id(detail.end_to_end_id)
        return context.by_id.get(sent_id) if sent_id is not None else None
    alike = context.by_reference.get((-cents, detail.reference), ()) if detail.reference else ()
    return next((sent for sent in alike if sent.id not in paid), None)


def _match_payment(cents: int, sent: Sent, paid: set[UUID], *, exact: Outcome) -> Outcome:
    if -cents != sent.amount_cents:
        return Outcome.PART
    if sent.id in paid:
        return Outcome.UNKNOWN
    paid.add(sent.id)
    return exact


def _match_return(cents: int, sent: Sent, returned: set[UUID]) -> Outcome:
    """Part of it may come back more than once, all of it once; more than was sent is not ours."""
    if cents > sent.amount_cents or (cents == sent.amount_cents and sent.id in returned):
        return Outcome.UNKNOWN
    if cents == sent.amount_cents:
        returned.add(sent.id)
    return Outcome.RETURNED


def _match_batch(entry: Entry, batch: Sequence[Sent], paid: set[UUID]) -> list[Match]:
    """A batch booked as one: what was not refused of it, to the cent. Another amount is a part of it."""
    unpaid = [sent for sent in batch if sent.id not in paid]
    if not unpaid or -entry.amount_cents != sum(sent.amount_cents for sent in unpaid):
        outcome = Outcome.PART if unpaid and entry.amount_cents < 0 else Outcome.UNKNOWN
        return [Match(entry.number, 1, outcome, entry.amount_cents, None, "")]
    paid.update(sent.id for sent in unpaid)
    outcome = Outcome.SPLIT if len(unpaid) > 1 else Outcome.MATCH
    return [Match(entry.number, part, outcome, -sent.amount_cents, sent.id, "") for part, sent in enumerate(unpaid, 1)]


def _iterate_sent(context: MatchingContext) -> Iterable[Sent]:
    yield from context.by_id.values()
    for alike in (*context.by_reference.values(), *context.by_batch.values()):
        yield from alike


def _get_cents(entry: Entry, detail: Detail) -> int:
    """Signed like its entry; a detail without an amount of its own is the entry's."""
    return entry.amount_cents if detail.amount_cents is None else detail.amount_cents
