"""Which of our payments each entry of a statement is about, whatever the order of the entries.

A payment is found by the id that we gave it; without one by its reference and amount, or with the batch that the bank
booked as one. What one entry paid in full, another does not pay again.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from services.ontzorgen.bank.rules.bank_statements import Detail, Entry
from services.ontzorgen.bank.rules.matching import Match, MatchingContext, Outcome, Sent, parse_sent_id, squeeze
from services.ontzorgen.bank.rules.messages import is_placeholder


def match_entries(entries: Sequence[Entry], context: MatchingContext) -> list[Match]:
    """Return the outcome of each entry, in their order."""
    matching = _Matching(context)
    return [match for entry in entries for match in matching.match_entry(entry)]


class _Matching:
    """Which payments earlier entries paid and returned, while entries are matched one after the other."""

    def __init__(self, context: MatchingContext) -> None:
        sent = context.index_sent().values()
        self._context = context
        self._paid = {payment.id for payment in sent if payment.is_paid}
        self._returned = {payment.id for payment in sent if payment.is_returned}
        self._unmatched_cents = Counter(context.unmatched_cents)

    def match_entry(self, entry: Entry) -> list[Match]:
        return (self._match_batch(entry) if entry.is_batch else []) or self._match_details(entry)

    def _match_batch(self, entry: Entry) -> list[Match]:
        """Match a batch that was booked as one; return none when it is not ours, or its details say more.

        It pays what was not refused of the batch, to the cent. Another amount is a part of it, unless each payment in
        it has an amount that fits. Money that comes back for a batch first goes against what was paid too much of it,
        then for the payments that were refused, if it is their sum.
        """
        name = entry.batch_id if entry.batch_id in self._context.by_batch else entry.file_id
        batches = self._list_batches(entry)
        if not batches:
            return []
        is_debit = entry.amount_cents < 0
        open_batches = [[sent for sent in batch if self._is_open(sent, is_debit=is_debit)] for batch in batches]
        refused = [] if is_debit else [[sent for sent in batch if sent.is_refused] for batch in open_batches]
        candidates = [refused, open_batches]
        if is_debit or self._unmatched_cents[name] != -entry.amount_cents:
            for rest_cents in {0: 0, entry.rest_cents: 0}:
                if chosen := _choose_by_sum(entry.amount_cents - rest_cents, *candidates):
                    return self._add_rest(entry, self._take_batch(entry, chosen), rest_cents)
            if is_debit and (chosen := _choose_by_amounts(entry, open_batches)):
                return self._take_batch(entry, chosen)
        if any(self._find_by_reference(detail) for detail in entry.details):
            return []
        self._unmatched_cents[name] += entry.amount_cents
        outcome = Outcome.PART if is_debit and any(open_batches) else Outcome.UNKNOWN
        return [Match(entry.number, 1, outcome, entry.amount_cents, None, "", batch_id=name)]

    def _list_batches(self, entry: Entry) -> list[Sequence[Sent]]:
        """Return the batch that an entry names, or the batches of the file that it names and all of them together."""
        if entry.batch_id in self._context.by_batch:
            return [self._context.by_batch[entry.batch_id]]
        batches = self._context.by_file.get(entry.file_id, ())
        return [*batches, [sent for batch in batches for sent in batch]] if batches else []

    def _is_open(self, sent: Sent, *, is_debit: bool) -> bool:
        return sent.id not in self._paid if is_debit else sent.id in self._paid and sent.id not in self._returned

    def _take_batch(self, entry: Entry, chosen: Sequence[Sent]) -> list[Match]:
        ids = {sent.id for sent in chosen}
        if entry.amount_cents > 0:
            self._returned |= ids
            outcome, sign = Outcome.RETURNED, 1
        else:
            self._paid |= ids
            outcome, sign = Outcome.SPLIT if len(chosen) > 1 else Outcome.MATCH, -1
        return [
            Match(entry.number, part, outcome, sign * sent.amount_cents, sent.id, "")
            for part, sent in enumerate(chosen, 1)
        ]

    def _match_details(self, entry: Entry) -> list[Match]:
        details = entry.details or (Detail(entry.amount_cents, "", "", ""),)
        if len(details) == 1:
            return self._match_single(entry, details[0])
        filled = [self._fill_amount(detail, entry) for detail in details]
        known = [detail for detail in filled if detail.amount_cents is not None]
        if len(known) < len(filled) or (
            entry.rest_cents == 0 and sum(detail.amount_cents or 0 for detail in known) != entry.amount_cents
        ):
            is_unclear = any(self._find_sent(detail, 0) for detail in details)
            return [Match(entry.number, 1, Outcome.UNKNOWN, entry.amount_cents, None, "", is_unclear=is_unclear)]
        matches = [
            self._match_detail(entry, part, detail, detail.amount_cents or 0, Outcome.SPLIT)
            for part, detail in enumerate(filled, 1)
        ]
        if any(match.sent_id is not None for match in matches):
            nameless = {part for part, detail in enumerate(filled, 1) if is_placeholder(detail.end_to_end_id)}
            matches = [match._replace(is_unclear=match.sent_id is None and match.part in nameless) for match in matches]
        return self._add_rest(entry, matches, entry.rest_cents)

    def _match_single(self, entry: Entry, detail: Detail) -> list[Match]:
        """Match the only payment in an entry: it moved what the entry says, unless what it says itself was sent."""
        cents, rest_cents = entry.amount_cents, 0
        if entry.rest_cents:
            said_cents = cents - entry.rest_cents
            sent = self._find_sent(detail, said_cents)
            if sent is not None and sent.amount_cents == abs(said_cents) != abs(cents):
                cents, rest_cents = said_cents, entry.rest_cents
        return self._add_rest(entry, [self._match_detail(entry, 1, detail, cents, Outcome.MATCH)], rest_cents)

    def _match_detail(self, entry: Entry, part: int, detail: Detail, cents: int, exact: Outcome) -> Match:
        sent = self._find_sent(detail, cents)
        if not cents:
            sent = None  # it moves nothing, so it says nothing of a payment
        if sent is None:
            outcome = Outcome.UNKNOWN
        elif cents > 0:
            outcome = self._match_return(cents, sent)
        else:
            outcome = self._match_payment(cents, sent, exact)
        return Match(entry.number, part, outcome, cents, None if sent is None else sent.id, detail.return_code)

    def _add_rest(self, entry: Entry, matches: list[Match], rest_cents: int) -> list[Match]:
        """Add what the payments leave unexplained; someone looks at it when one of them is ours."""
        if not rest_cents:
            return matches
        is_unclear = any(match.sent_id is not None for match in matches)
        rest = Match(entry.number, len(matches) + 1, Outcome.UNKNOWN, rest_cents, None, "", is_unclear=is_unclear)
        return [*matches, rest]

    def _fill_amount(self, detail: Detail, entry: Entry) -> Detail:
        """Return a payment that says no amount with the one that was sent."""
        if detail.amount_cents is not None:
            return detail
        sent = self._find_sent(detail, 0)
        sign = -1 if entry.amount_cents < 0 else 1
        return detail if sent is None else detail._replace(amount_cents=sign * sent.amount_cents)

    def _find_sent(self, detail: Detail, cents: int) -> Sent | None:
        """By end-to-end id; without one by amount and reference, of several alike the oldest that is still open."""
        if not is_placeholder(detail.end_to_end_id):
            sent_id = parse_sent_id(detail.end_to_end_id)
            return self._context.by_id.get(sent_id) if sent_id is not None else None
        return self._find_by_reference(detail._replace(amount_cents=cents))

    def _find_by_reference(self, detail: Detail) -> Sent | None:
        if not detail.reference or detail.amount_cents is None:
            return None
        alike = self._context.by_reference.get((-detail.amount_cents, squeeze(detail.reference)), ())
        return next((sent for sent in alike if sent.id not in self._paid), None)

    def _match_payment(self, cents: int, sent: Sent, exact: Outcome) -> Outcome:
        if -cents != sent.amount_cents:
            return Outcome.PART
        if sent.id in self._paid:
            return Outcome.UNKNOWN
        self._paid.add(sent.id)
        return exact

    def _match_return(self, cents: int, sent: Sent) -> Outcome:
        """Part of it may come back more than once, all of it once; more than was sent is not ours."""
        if cents > sent.amount_cents or (cents == sent.amount_cents and sent.id in self._returned):
            return Outcome.UNKNOWN
        if cents == sent.amount_cents:
            self._returned.add(sent.id)
        return Outcome.RETURNED


def _choose_by_sum(cents: int, *candidates: Sequence[Sequence[Sent]]) -> Sequence[Sent]:
    """Return the payments of the first candidates in which one batch adds up to this amount; none without any."""
    return next((chosen for batches in candidates if (chosen := _choose_batch(cents, batches))), ())


def _choose_batch(cents: int, open_batches: Sequence[Sequence[Sent]]) -> Sequence[Sent]:
    """Return the payments that are open in the one batch that adds up to this amount; none if several do."""
    batches = {
        tuple(sent.id for sent in batch): batch
        for batch in open_batches
        if batch and sum(sent.amount_cents for sent in batch) == abs(cents)
    }
    return next(iter(batches.values())) if len(batches) == 1 else ()


def _choose_by_amounts(entry: Entry, open_batches: Sequence[Sequence[Sent]]) -> list[Sent]:
    """Return the payments of a batch that the nameless payments in an entry are, where their amounts leave no doubt."""
    amounts = Counter(-(detail.amount_cents or 0) for detail in entry.details)
    by_id: dict[UUID, Sent] = {sent.id: sent for batch in open_batches for sent in batch}
    chosen = [sent for sent in by_id.values() if sent.amount_cents in amounts]
    is_clear = not entry.rest_cents and Counter(sent.amount_cents for sent in chosen) == amounts
    return chosen if is_clear and len(entry.details) > 1 else []
