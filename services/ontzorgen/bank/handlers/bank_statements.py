"""Statements of the municipality's account, taken whole or not at all, and once: every entry is matched and recorded.

What comes back is refused, and what differs from what was instructed becomes a task.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from services.ontzorgen import metrics
from services.ontzorgen.bank.formats.bank_statement import StatementReader
from services.ontzorgen.bank.handlers import follow_ups
from services.ontzorgen.bank.handlers.accounts import list_own_ibans
from services.ontzorgen.bank.handlers.messages import BankFile, find_earlier_counts, record_message
from services.ontzorgen.bank.handlers.refusals import refuse
from services.ontzorgen.bank.repository import bank_statements, matching, refusals
from services.ontzorgen.bank.rules.bank_statements import (
    Entry,
    StatementHead,
    require_own_account,
    require_same_balances,
)
from services.ontzorgen.bank.rules.follow_ups import follow_up, list_paid_ids
from services.ontzorgen.bank.rules.matching import (
    Match,
    MatchingContext,
    Outcome,
    exclude_entries,
    match_entries,
    select_plain,
    select_unclaimed,
)
from services.ontzorgen.bank.rules.messages import Counts
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction

MESSAGE_KIND: Final = "camt.053"
ENTRIES_AT_ONCE = 5_000


@dataclass
class _OpenFile:
    """A statement file on its way in."""

    file: BankFile
    ibans: set[str]
    head: StatementHead | None = None
    number: int | None = None
    counts: Counts = field(default_factory=dict)

    def count(self, name: str, amount: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + amount


async def take_statement(file: BankFile, tx: Transaction) -> Counts:
    """Match and record every entry of a statement and count them. The same file again changes nothing.

    The file is read in a thread of its own while the database stores what was read before it.
    """
    if (earlier := await find_earlier_counts(file, tx)) is not None:
        return earlier
    await matching.use_indexes(tx)
    open_file = _OpenFile(file, await list_own_ibans(tx))
    zeros = {"entries": 0, "repeated": 0} | {outcome.value: 0 for outcome in Outcome}
    open_file.counts.update(zeros | {f"{outcome.value}_cents": 0 for outcome in Outcome})
    first_id = ""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="bank-file") as thread:
        read_next = partial(asyncio.get_running_loop().run_in_executor, thread, next, _read_items(file), None)
        upcoming = read_next()
        try:
            while (items := await upcoming) is not None:
                upcoming = read_next()
                first_id = first_id or next((item.id for item in items if isinstance(item, StatementHead)), "")
                await _record_items(open_file, items, tx)
        finally:
            await asyncio.gather(upcoming, return_exceptions=True)
    await record_message(file, MESSAGE_KIND, first_id, open_file.counts, tx)
    for outcome in Outcome:
        count_on_commit(tx, partial(metrics.BANK_ENTRIES.labels(outcome.value).inc, open_file.counts[outcome.value]))
    return open_file.counts


async def list_entries(
    outcome: Outcome | None, after: tuple[int, int, int], limit: int, tx: Transaction
) -> list[dict[str, Any]]:
    """Return entries as they were matched, those of one outcome when it is named."""
    return await bank_statements.list_entries(tx, outcome, after, limit)


def _read_items(file: BankFile) -> Iterator[list[StatementHead | Entry]]:
    """Yield heads and entries, some thousands at a time; with the last of them the file was complete."""
    reader = StatementReader()
    items: list[StatementHead | Entry] = []
    for piece in file.read_pieces():
        items.extend(reader.feed(piece))
        if len(items) >= ENTRIES_AT_ONCE:
            yield items
            items = []
    items.extend(reader.close())
    yield items


async def _record_items(open_file: _OpenFile, items: Sequence[StatementHead | Entry], tx: Transaction) -> None:
    entries: list[Entry] = []
    for item in items:
        if isinstance(item, StatementHead):
            await _record_entries(open_file, entries, tx)
            entries = []
            await _open_statement(open_file, item, tx)
        else:
            entries.append(item)
    await _record_entries(open_file, entries, tx)


async def _open_statement(open_file: _OpenFile, head: StatementHead, tx: Transaction) -> None:
    require_own_account(head, open_file.ibans)
    open_file.head = head
    open_file.number = await bank_statements.add_statement(tx, head, open_file.file.sha256)
    if open_file.number is None:
        require_same_balances(head, *await bank_statements.get_balances(tx, head))


async def _record_entries(open_file: _OpenFile, entries: Sequence[Entry], tx: Transaction) -> None:
    """Match and record what is new of these entries. Those of a statement that is here already are only counted."""
    if not entries:
        return
    open_file.count("entries", len(entries))
    new_entries = [] if open_file.number is None else await _select_new(open_file, entries, tx)
    open_file.count("repeated", len(entries) - len(new_entries))
    if not new_entries or open_file.number is None:
        return
    remaining, context = await _record_plain_entries(open_file, new_entries, tx)
    if not remaining:
        return
    matches = match_entries(remaining, context)
    await bank_statements.add_entries(tx, open_file.number, remaining, matches)
    for match in matches:
        open_file.count(match.outcome.value, 1)
        open_file.count(f"{match.outcome.value}_cents", match.amount_cents)
    await _follow_up(open_file, remaining, matches, context, tx)


async def _select_new(open_file: _OpenFile, entries: Sequence[Entry], tx: Transaction) -> Sequence[Entry]:
    """Return entries that no other statement of this account had: banks repeat those of the day in that of the week."""
    assert open_file.head is not None  # noqa: S101 - entries come after their head
    assert open_file.number is not None  # noqa: S101 - called only for a new statement
    references = {entry.reference for entry in entries if entry.reference}
    earlier = await bank_statements.list_earlier_references(tx, open_file.head.iban, open_file.number, references)
    return [entry for entry in entries if entry.reference not in earlier] if earlier else entries


async def _record_plain_entries(
    open_file: _OpenFile, entries: Sequence[Entry], tx: Transaction
) -> tuple[Sequence[Entry], MatchingContext]:
    """Let the database match what is plain and no other entry can be about; return the others with their context."""
    assert open_file.number is not None  # noqa: S101 - called only for a new statement
    candidates = select_plain(entries)
    remaining = exclude_entries(entries, {entry.number for entry in candidates})
    context = await matching.load_matching_context(tx, remaining)
    unclaimed = select_unclaimed(candidates, context)
    matched = await matching.match_plain_entries(tx, open_file.number, unclaimed)
    open_file.count(Outcome.MATCH.value, len(matched))
    matched_cents = sum(entry.amount_cents for entry in unclaimed if entry.number in matched)
    open_file.count(f"{Outcome.MATCH.value}_cents", matched_cents)
    if len(matched) == len(candidates):
        return remaining, context
    remaining = exclude_entries(entries, matched)
    return remaining, await matching.load_matching_context(tx, remaining)


async def _follow_up(
    open_file: _OpenFile, entries: Sequence[Entry], matches: Sequence[Match], context: MatchingContext, tx: Transaction
) -> None:
    assert open_file.number is not None  # noqa: S101 - called only for a new statement
    refused_before = await refusals.list_refused_by_report(tx, list_paid_ids(matches))
    result = follow_up(entries, matches, context.by_id, refused_before)
    await follow_ups.report_partial_batches(open_file.number, result.partial_batches, tx)
    await refuse(open_file.file.sha256, result.refusals, tx)
    await follow_ups.report_differences(result.differences, tx)
