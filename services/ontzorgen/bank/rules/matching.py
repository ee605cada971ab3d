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

from services.ontzorgen.bank.rules.messages import NOT_PROVIDED, Detail, Entry

_ID_CHARACTERS = 32
_ID_AS_SENT = re.compile(r"[0-9a-f]{32}")
IDS_REMEMBERED_MAX = 8_192  # more than are looked up at once


class Outcome(StrEnum):
    """What an entry turned out to be."""

    MATCH = "match"
    SPLIT = "split"
    PART = "part"
    RETURNED = "returned"
    UNKNOWN = "unknown"


class Sent(NamedTuple):
    """A payment that went to the bank, as far as matching goes, with what earlier entries made of it."""

    id: UUID
    amount_cents: int
    is_paid: bool = False
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What was sent, found by what the entries name. `by_reference` and `by_batch` are oldest first."""

    by_id: Mapping[UUID, Sent]
    by_reference: Mapping[tuple[int, str], Sequence[Sent]]
    by_batch: Mapping[str, Sequence[Sent]]


class Placed(NamedTuple):
    """A part of an entry with its outcome; an entry has one, or one for each payment in it."""

    number: int
    part: int
    outcome: Outcome
    amount_cents: int
    sent_id: UUID | None
    return_code: str


def plain(entries: Sequence[Entry]) -> list[Entry]:
    """Those that pay one payment and name it by an id that no other here names: most are a match, whatever their order.

    `unclaimed` says which of them no other entry can be about.
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


def unclaimed(found: Sequence[Entry], known: Known) -> Sequence[Entry]:
    """Of plain entries those whose payment is not among what the others may be about, so that none goes before."""
    claimed = {sent.id.hex for sent in _every(known)}
    return [entry for entry in found if entry.details[0].end_to_end_id not in claimed] if claimed else found


def without(entries: Sequence[Entry], numbers: Collection[int]) -> list[Entry]:
    """The entries that do not have these numbers, in their order."""
    if len(numbers) == len(entries):
        return []
    return [entry for entry in entries if entry.number not in numbers]


def wanted_ids(entries: Iterable[Entry]) -> list[UUID]:
    """The end-to-end ids in these entries that may be ours."""
    found = (sent_id(detail.end_to_end_id) for entry in entries for detail in entry.details)
    return [one for one in found if one is not None]


def wanted_references(entries: Iterable[Entry]) -> set[tuple[int, str]]:
    """Amount and reference of what leaves the account without an end-to-end id."""
    return {
        (-_cents(entry, detail), detail.reference)
        for entry in entries
        for detail in entry.details
        if detail.reference and detail.end_to_end_id in NOT_PROVIDED
    }


def wanted_batches(entries: Iterable[Entry]) -> set[str]:
    """The batches that were booked as one, without the payments in them."""
    return {entry.batch_id for entry in entries if entry.is_batch}


@lru_cache(maxsize=IDS_REMEMBERED_MAX)
def sent_id(end_to_end_id: str) -> UUID | None:
    """An end-to-end id as the id of a payment, when it has the form of ours. Asked to look it up, and to place it."""
    if len(end_to_end_id) != _ID_CHARACTERS:
        return None
    try:
        return UUID(end_to_end_id)
    except ValueError:
        return None


def place(entries: Sequence[Entry], known: Known) -> list[Placed]:
    """The outcome of each entry, in their order; what one paid in full, another does not pay again."""
    paid = {sent.id for sent in _every(known) if sent.is_paid}
    returned = {sent.id for sent in _every(known) if sent.is_returned}
    placed: list[Placed] = []
    for entry in entries:
        if entry.is_batch and entry.batch_id in known.by_batch:
            placed.extend(_batch(entry, known.by_batch[entry.batch_id], paid))
            continue
        details = entry.details or (Detail(entry.amount_cents, "", "", ""),)
        for part, detail in enumerate(details, 1):
            cents = _cents(entry, detail)
            sent = _sent(cents, detail, known, paid)
            if sent is None:
                outcome = Outcome.UNKNOWN
            elif cents > 0:
                outcome = _returned(cents, sent, returned)
            else:
                outcome = _paid(cents, sent, paid, exact=Outcome.SPLIT if len(details) > 1 else Outcome.MATCH)
            sent_id_ = None if sent is None else sent.id
            placed.append(Placed(entry.number, part, outcome, cents, sent_id_, detail.return_code))
    return placed


def _sent(cents: int, detail: Detail, known: Known, paid: set[UUID]) -> Sent | None:
    """By end-to-end id; without one by amount and reference, of several alike the oldest that is still open."""
    if detail.end_to_end_id not in NOT_PROVIDED:
        wanted = sent_id(detail.end_to_end_id)
        return known.by_id.get(wanted) if wanted is not None else None
    alike = known.by_reference.get((-cents, detail.reference), ()) if detail.reference else ()
    return next((sent for sent in alike if sent.id not in paid), None)


def _paid(cents: int, sent: Sent, paid: set[UUID], *, exact: Outcome) -> Outcome:
    if -cents != sent.amount_cents:
        return Outcome.PART
    if sent.id in paid:
        return Outcome.UNKNOWN
    paid.add(sent.id)
    return exact


def _returned(cents: int, sent: Sent, returned: set[UUID]) -> Outcome:
    """Part of it may come back more than once, the whole of it once; more than was sent is not ours."""
    if cents > sent.amount_cents or (cents == sent.amount_cents and sent.id in returned):
        return Outcome.UNKNOWN
    if cents == sent.amount_cents:
        returned.add(sent.id)
    return Outcome.RETURNED


def _batch(entry: Entry, batch: Sequence[Sent], paid: set[UUID]) -> list[Placed]:
    """A batch booked as one: what was not refused of it, to the cent. Another amount is a part of it."""
    unpaid = [sent for sent in batch if sent.id not in paid]
    if not unpaid or -entry.amount_cents != sum(sent.amount_cents for sent in unpaid):
        outcome = Outcome.PART if unpaid and entry.amount_cents < 0 else Outcome.UNKNOWN
        return [Placed(entry.number, 1, outcome, entry.amount_cents, None, "")]
    paid.update(sent.id for sent in unpaid)
    outcome = Outcome.SPLIT if len(unpaid) > 1 else Outcome.MATCH
    return [Placed(entry.number, part, outcome, -sent.amount_cents, sent.id, "") for part, sent in enumerate(unpaid, 1)]


def _every(known: Known) -> Iterable[Sent]:
    yield from known.by_id.values()
    for several in (*known.by_reference.values(), *known.by_batch.values()):
        yield from several


def _cents(entry: Entry, detail: Detail) -> int:
    """Signed like its entry; a detail without an amount of its own is the whole entry."""
    return entry.amount_cents if detail.amount_cents is None else detail.amount_cents
