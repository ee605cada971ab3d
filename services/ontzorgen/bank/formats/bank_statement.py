"""A statement of the account, camt.053: read in pieces, entry by entry, however many there are.

Every statement's balances are checked against the sum of its entries, and amounts against their currency. Only booked
entries count. The payments inside a long entry are read while it comes in, so that a batch of any size fits in memory.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.ontzorgen.bank.formats.entry_details import UnsignedDetail, read_details, read_single_detail, sign_details
from services.ontzorgen.bank.formats.entry_lines import ENTRY_VALUES, SINGLE_PAYMENT_VALUES, EntryLines
from services.ontzorgen.bank.formats.statement_head import (
    FILE_KIND,
    PageMark,
    parse_euro_cents,
    read_head,
    read_page_mark,
)
from services.ontzorgen.bank.formats.xml_pieces import PieceReader, drop_ended_children, parse_dutch_day
from services.ontzorgen.bank.rules.bank_statements import Detail, Entry, PageEnd, StatementHead
from services.ontzorgen.bank.rules.messages import BankFileError, is_placeholder

DETAILS_AT_ONCE = 64
DETAILS_OF_ENTRY_MAX = 100_000
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
_TAGS = ("Stmt",)
_TRUE = frozenset({"true", "1"})

StatementItem = StatementHead | Entry | PageEnd


@dataclass
class _OpenStatement:
    """The statement that is being read."""

    head: StatementHead
    mark: PageMark
    entries: int = 0
    sum_cents: int = 0


class StatementReader:
    """Feed it pieces of a file; it returns heads and entries. `close` checks that the file is complete."""

    def __init__(self) -> None:
        self._pieces = PieceReader(_FORMATS, _TAGS, FILE_KIND, events=("start",))
        self._lines: EntryLines | None = None
        self._statement: Any = None
        self._open: _OpenStatement | None = None
        self._details: list[UnsignedDetail] = []
        self._number = 0

    def feed(self, piece: bytes) -> list[StatementItem]:
        """Return what this piece completed: the head of each statement before its entries. BankFileError if bad."""
        items: list[StatementItem] = []
        for _, element in self._pieces.feed(piece):
            self._finish(items, before=element)
            self._statement = element
        if self._statement is not None and len(self._statement):
            self._read(items, is_complete=False)
        return items

    def close(self) -> list[StatementItem]:
        """Return the last of a complete file. BankFileError when it breaks off or holds no statement."""
        self._pieces.close()
        items: list[StatementItem] = []
        self._finish(items, before=None)
        if not self._number:
            raise BankFileError("no_statement", f"This {FILE_KIND} holds no statement: fetch it from the bank again.")
        return items

    def _finish(self, items: list[StatementItem], before: Any) -> None:
        """End the open statement, where another begins beside it or with the file."""
        if self._statement is None:
            return
        if before is not None and before.getprevious() is not self._statement:
            raise BankFileError(
                "nested_statement",
                f"Statements of this {FILE_KIND} do not stand side by side: fetch it from the bank again.",
            )
        self._read(items, is_complete=True)
        items.extend(self._close_statement())
        self._statement.getparent().remove(self._statement)
        self._statement = None

    def _read(self, items: list[StatementItem], *, is_complete: bool) -> None:
        """Read the entries that are there; while the statement goes on, its last one may do so too and is skipped."""
        lines = self._lines = self._lines or EntryLines(self._pieces.namespace)
        statement = self._statement
        if not is_complete and statement[-1].tag != lines.entry_tag:
            return
        if self._open is None:
            items.append(self._read_head())
        for values in lines.read(statement, skipped=0 if is_complete else 1):
            self._add_entry(items, values)
            self._pieces.note_progress()
        if not is_complete:
            self._read_open_entry(lines, statement[-1])
            drop_ended_children(statement)

    def _read_open_entry(self, lines: EntryLines, entry: Any) -> None:
        """Read the payments so far of a long entry that goes on: in one parent, or each in one of its own."""
        *ended, last = list(entry.iterchildren(lines.details_tag)) or [None]
        if sum(map(len, ended)) > DETAILS_AT_ONCE:
            for number, parent in enumerate(ended):
                self._read_payments(lines, parent, skipped=0)
                if number or not self._keep_batch(lines, parent):
                    entry.remove(parent)
        if last is not None and len(last) > DETAILS_AT_ONCE:
            self._read_payments(lines, last, skipped=1)
            drop_ended_children(last, kept=1 if last[0].tag == lines.batch_tag else 0)

    def _read_payments(self, lines: EntryLines, parent: Any, skipped: int) -> None:
        for values in lines.read(parent, skipped=skipped):
            self._details.extend(read_details(values))
        self._pieces.note_progress()
        if len(self._details) > DETAILS_OF_ENTRY_MAX:
            raise BankFileError(
                "too_many_payments",
                f"One entry of this {FILE_KIND} holds more than {DETAILS_OF_ENTRY_MAX} payments, which no file of ours "
                "has: ask the bank for a statement with an entry for each file.",
            )

    def _keep_batch(self, lines: EntryLines, parent: Any) -> bool:
        """Return whether a parent names the batch of all payments, and free the payments in it."""
        has_batch = len(parent) > 0 and parent[0].tag == lines.batch_tag
        if has_batch:
            del parent[1:]
        return has_batch

    def _read_head(self) -> StatementHead:
        self._number += 1
        mark = read_page_mark(self._statement)
        head = read_head(self._statement, self._number, mark)
        self._open = _OpenStatement(head, mark)
        return head

    def _add_entry(self, items: list[StatementItem], values: list[str]) -> None:
        """Add the entry with these values and those of its payments; one that is not booked does not count."""
        amount, currency, sign, status, day, reference, batch_id, file_id, reversal = values[:ENTRY_VALUES]
        earlier_details, self._details = self._details, []
        if status != "BOOK":
            return
        statement = self._open
        assert statement is not None  # noqa: S101 - the head is read before the first entry
        cents = parse_euro_cents(amount, currency)
        cents = -cents if sign == "DBIT" else cents
        details: tuple[Detail, ...]
        if len(values) == SINGLE_PAYMENT_VALUES and not earlier_details:
            detail, rest_cents = read_single_detail(values, cents)
            details = (detail,)
        else:
            details, rest_cents = sign_details(earlier_details + read_details(values, ENTRY_VALUES), cents)
        statement.entries += 1
        statement.sum_cents += cents
        items.append(
            Entry(
                number=statement.entries,
                reference=reference,
                booked_on=_find_day(day, statement.head),
                amount_cents=cents,
                batch_id="" if is_placeholder(batch_id) else batch_id,
                details=details,
                file_id="" if is_placeholder(file_id) else file_id,
                is_reversal=reversal in _TRUE,
                rest_cents=rest_cents,
            )
        )

    def _close_statement(self) -> list[PageEnd]:
        """Check that the entries fit the balances; for a page of a longer statement return what they add up to."""
        assert self._open is not None  # noqa: S101 - the head is read before the statement ends
        head, mark, sum_cents = self._open.head, self._open.mark, self._open.sum_cents
        self._open = None
        has_balances = head.opening_cents is not None and head.closing_cents is not None
        difference_cents = (head.closing_cents or 0) - (head.opening_cents or 0)
        fits = has_balances and difference_cents == sum_cents
        if not mark.is_whole and not (mark.is_of_file and fits):
            return [PageEnd(mark.is_last, sum_cents)]
        if not fits:
            raise BankFileError(
                "balance",
                f"The entries of statement {head.number} add up to {sum_cents} cents and its balances differ by "
                f"{difference_cents}: fetch it from the bank again. If it still says so, the bank has to repair it.",
            )
        return []


def _find_day(text: str, head: StatementHead) -> date:
    """Return the day of an entry: the one on which its statement closed where it names none."""
    day = parse_dutch_day(text) if text else head.closed_on
    if day is None:
        raise BankFileError(
            "wrong_day",
            f"An entry in this {FILE_KIND} has no booking day: fetch it from the bank again. If it still has none, the "
            "bank has to repair it.",
        )
    return day
