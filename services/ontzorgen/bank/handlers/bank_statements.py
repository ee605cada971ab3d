"""Statements of the municipality's account, taken whole or not at all, and once: every entry is matched and recorded.

What comes back is refused, and what differs from what was instructed becomes a task.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from services.ontzorgen.bank.formats.bank_statement import StatementItem, StatementReader
from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.handlers.accounts import list_own_ibans
from services.ontzorgen.bank.handlers.messages import BankFile, find_earlier_counts, read_ahead, record_message
from services.ontzorgen.bank.handlers.refusals import refuse
from services.ontzorgen.bank.handlers.statement_gaps import add_page, review_accounts
from services.ontzorgen.bank.handlers.unbooked_payments import complete_booked
from services.ontzorgen.bank.repository import bank_statements, matching
from services.ontzorgen.bank.rules.bank_statements import (
    Entry,
    PageEnd,
    StatementHead,
    build_fingerprint,
    find_same,
    require_own_account,
    require_seen,
    select_new,
)
from services.ontzorgen.bank.rules.follow_ups import follow_up
from services.ontzorgen.bank.rules.matching import (
    Match,
    MatchingContext,
    Outcome,
    exclude_entries,
    select_plain,
    select_unclaimed,
)
from services.ontzorgen.bank.rules.messages import Counts
from services.ontzorgen.bank.rules.outcomes import match_entries
from shared.database.transactions import Transaction

MESSAGE_KIND: Final = "camt.053"
ENTRIES_AT_ONCE = 5_000
DETAILS_AT_ONCE = 20_000
PIECES_AT_ONCE = 128

Fingerprints = dict[int, str | None]


@dataclass
class _OpenFile:
    """A statement file on its way in. `number` is None for a statement that is here already."""

    file: BankFile
    ibans: set[str]
    head: StatementHead | None = None
    is_stored: bool = True
    number: int | None = None
    first_id: str = ""
    last_on: date = date.min
    skipped: Counter[str] = field(default_factory=Counter)
    counts: Counts = field(default_factory=dict)

    def count(self, name: str, amount: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + amount


async def take_statement(file: BankFile, tx: Transaction) -> Counts:
    """Match and record every entry of a statement and count them. The same file again changes nothing.

    The file is read on while the database stores what was read before.
    """
    if (earlier := await find_earlier_counts(file, tx)) is not None:
        return earlier
    await matching.use_indexes(tx)
    open_file = _OpenFile(file, await list_own_ibans(tx))
    zeros = {"entries": 0, "repeated": 0} | {outcome.value: 0 for outcome in Outcome}
    open_file.counts.update(zeros | {f"{outcome.value}_cents": 0 for outcome in Outcome})
    async with aclosing(read_ahead(_read_items(file))) as parts:
        async for items in parts:
            await _record_items(open_file, items, tx)
    await _store_statement(open_file, None, tx)
    await record_message(file, MESSAGE_KIND, open_file.first_id, open_file.counts, tx)
    await review_accounts(open_file.ibans, open_file.last_on, tx)
    await complete_booked(open_file.last_on, tx)
    return open_file.counts


async def list_entries(
    outcome: Outcome | None, after: tuple[int, int, int], limit: int, tx: Transaction
) -> list[dict[str, Any]]:
    """Return entries as they were matched, those of one outcome when it is named."""
    return await bank_statements.list_entries(tx, outcome, after, limit)


def _read_items(file: BankFile) -> Iterator[list[StatementItem]]:
    """Yield heads and entries, some thousands at a time; with the last of them the file was complete."""
    reader = StatementReader()
    items: list[StatementItem] = []
    details = pieces = 0
    for piece in file.read_pieces():
        found = reader.feed(piece)
        items.extend(found)
        details += sum(len(item.details) for item in found if isinstance(item, Entry))
        pieces += 1
        if len(items) >= ENTRIES_AT_ONCE or details >= DETAILS_AT_ONCE or pieces >= PIECES_AT_ONCE:
            yield items
            items, details, pieces = [], 0, 0
    items.extend(reader.close())
    yield items


async def _record_items(open_file: _OpenFile, items: Sequence[StatementItem], tx: Transaction) -> None:
    entries: list[Entry] = []
    for item in items:
        if isinstance(item, Entry):
            entries.append(item)
            continue
        await _record_entries(open_file, entries, tx)
        entries = []
        await _store_statement(open_file, None, tx)
        if isinstance(item, StatementHead):
            _open_statement(open_file, item)
        else:
            await _end_page(open_file, item, tx)
    await _record_entries(open_file, entries, tx)


def _open_statement(open_file: _OpenFile, head: StatementHead) -> None:
    require_own_account(head, open_file.ibans)
    open_file.head, open_file.number, open_file.is_stored = head, None, False
    open_file.skipped.clear()
    open_file.first_id = open_file.first_id or head.id
    open_file.last_on = max(open_file.last_on, head.closed_on or head.opened_on or date.min)


async def _store_statement(open_file: _OpenFile, first_on: date | None, tx: Transaction) -> None:
    """Store the open statement once the day of its first entry is known, or that it has none; not if it is here."""
    if open_file.is_stored or open_file.head is None:
        return
    open_file.is_stored = True
    head = open_file.head
    if find_same(await bank_statements.list_known(tx, head), head, first_on) is None:
        open_file.number = await bank_statements.add_statement(tx, head, first_on, open_file.file.sha256)


async def _end_page(open_file: _OpenFile, end: PageEnd, tx: Transaction) -> None:
    """Record the end of a page of a longer statement, unless the page was here already."""
    if open_file.number is not None and open_file.head is not None:
        await add_page(open_file.head, open_file.number, end, open_file.last_on, tx)


async def _record_entries(open_file: _OpenFile, entries: Sequence[Entry], tx: Transaction) -> None:
    """Match and record what is new of these entries. Those of a statement that is here already are only counted."""
    if not entries:
        return
    await _store_statement(open_file, entries[0].booked_on, tx)
    open_file.count("entries", len(entries))
    open_file.last_on = max(open_file.last_on, entries[-1].booked_on)
    if open_file.number is None:
        await _require_seen(open_file, entries, tx)
        open_file.count("repeated", len(entries))
        return
    new_entries, fingerprints = await _select_new(open_file, open_file.number, entries, tx)
    open_file.count("repeated", len(entries) - len(new_entries))
    remaining, context = await _record_plain_entries(open_file, open_file.number, new_entries, fingerprints, tx)
    if not remaining:
        return
    matches = match_entries(remaining, context)
    await bank_statements.add_entries(tx, open_file.number, remaining, matches, fingerprints)
    for match in matches:
        open_file.count(match.outcome.value, 1)
        open_file.count(f"{match.outcome.value}_cents", match.amount_cents)
    await _follow_up(open_file, open_file.number, remaining, matches, context, tx)


async def _require_seen(open_file: _OpenFile, entries: Sequence[Entry], tx: Transaction) -> None:
    """ConflictError when a statement that is here already has entries about our payments that no statement had."""
    assert open_file.head is not None  # noqa: S101 - entries come after their head
    named = [(entry, build_fingerprint(entry, open_file.head.iban)) for entry in entries]
    seen, _ = await bank_statements.count_seen(tx, 0, [name for _, name in named if name is not None])
    unseen = [entry for entry, fingerprint in named if fingerprint is not None and fingerprint not in seen]
    if unseen:
        require_seen((await matching.load_matching_context(tx, unseen)).index_sent())


async def _select_new(
    open_file: _OpenFile, number: int, entries: Sequence[Entry], tx: Transaction
) -> tuple[Sequence[Entry], Fingerprints]:
    """Return entries that no other statement of this account had, and the fingerprints of all by number.

    Banks repeat the entries of the day in the statement of the week.
    """
    assert open_file.head is not None  # noqa: S101 - entries come after their head
    fingerprints = [build_fingerprint(entry, open_file.head.iban) for entry in entries]
    by_number = {entry.number: fingerprint for entry, fingerprint in zip(entries, fingerprints, strict=True)}
    named = [fingerprint for fingerprint in fingerprints if fingerprint is not None]
    earlier, own = await bank_statements.count_seen(tx, number, named)
    return select_new(entries, fingerprints, earlier, own, open_file.skipped) if earlier else entries, by_number


async def _record_plain_entries(
    open_file: _OpenFile, number: int, entries: Sequence[Entry], fingerprints: Fingerprints, tx: Transaction
) -> tuple[Sequence[Entry], MatchingContext]:
    """Let the database match what is plain and no other entry can be about; return the others with their context."""
    candidates = select_plain(entries)
    remaining = exclude_entries(entries, {entry.number for entry in candidates})
    context = await matching.load_matching_context(tx, remaining)
    unclaimed = select_unclaimed(candidates, context)
    matched = await matching.match_plain_entries(tx, number, unclaimed, fingerprints)
    open_file.count(Outcome.MATCH.value, len(matched))
    matched_cents = sum(entry.amount_cents for entry in unclaimed if entry.number in matched)
    open_file.count(f"{Outcome.MATCH.value}_cents", matched_cents)
    if len(matched) == len(candidates):
        return remaining, context
    remaining = exclude_entries(entries, matched)
    return remaining, await matching.load_matching_context(tx, remaining)


async def _follow_up(
    open_file: _OpenFile,
    number: int,
    entries: Sequence[Entry],
    matches: Sequence[Match],
    context: MatchingContext,
    tx: Transaction,
) -> None:
    result = follow_up(entries, matches, context.index_sent(), context.unmatched_cents)
    await follow_ups.report_batches(result.batches, tx)
    await follow_ups.report_unclear(number, result.unclear, tx)
    await refuse(open_file.file.sha256, result.refusals, tx)
    await follow_ups.report_differences(result.differences, tx)
    await follow_ups.complete_differences(result.settled_ids, open_file.last_on, tx)
