"""A statement of the account, camt.053: read in pieces, entry by entry, however many there are.

Every statement's balances are checked against the sum of its entries, and amounts against their currency. Only booked
entries count. The payments inside a long entry are read while it comes in, so that a batch of any size fits in memory.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from services.ontzorgen.bank.formats.entry_lines import (
    AMOUNT_VALUES,
    DETAIL_VALUES,
    ENTRY_VALUES,
    SINGLE_PAYMENT_VALUES,
    EntryLines,
)
from services.ontzorgen.bank.formats.xml_pieces import (
    AMOUNTS_CACHED_MAX,
    PieceReader,
    drop_ended_children,
    parse_cents,
)
from services.ontzorgen.bank.rules.bank_statements import Detail, Entry, StatementHead
from services.ontzorgen.bank.rules.messages import BankFileError
from services.ontzorgen.bank.rules.refusals import UNEXPLAINED
from shared.iban import compact_iban

FILE_KIND = "camt.053 statement"
EURO = "EUR"
DAYS_CACHED_MAX = 1_024
DETAILS_AT_ONCE = 64
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(02|04|06|08|09|10|11|12|13)")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_TAGS = ("Stmt",)


@dataclass
class _OpenStatement:
    """The statement that is being read."""

    head: StatementHead
    entries: int = 0
    sum_cents: int = 0


class StatementReader:
    """Feed it pieces of a file; it returns heads and entries. `close` checks that the file is complete."""

    def __init__(self) -> None:
        self._pieces = PieceReader(_FORMATS, _TAGS, FILE_KIND, events=("start",))
        self._lines: EntryLines | None = None
        self._statement: Any = None
        self._open: _OpenStatement | None = None
        self._details: list[Detail] = []
        self._number = 0

    def feed(self, piece: bytes) -> list[StatementHead | Entry]:
        """Return what this piece completed: the head of each statement before its entries. BankFileError if bad."""
        items: list[StatementHead | Entry] = []
        for _, element in self._pieces.feed(piece):
            self._finish(items, before=element)
            self._statement = element
        if self._statement is not None and len(self._statement):
            self._read(items, is_complete=False)
        return items

    def close(self) -> list[StatementHead | Entry]:
        """Return the last of a complete file. BankFileError when it breaks off or holds no statement."""
        self._pieces.close()
        items: list[StatementHead | Entry] = []
        self._finish(items, before=None)
        if not self._number:
            raise BankFileError("no_statement", f"This {FILE_KIND} holds no statement: fetch it from the bank again.")
        return items

    def _finish(self, items: list[StatementHead | Entry], before: Any) -> None:
        """End the open statement, where another begins beside it or with the file."""
        if self._statement is None:
            return
        if before is not None and before.getprevious() is not self._statement:
            raise BankFileError(
                "nested_statement",
                f"Statements of this {FILE_KIND} do not stand side by side: fetch it from the bank again.",
            )
        self._read(items, is_complete=True)
        self._close_statement()
        self._statement.getparent().remove(self._statement)
        self._statement = None

    def _read(self, items: list[StatementHead | Entry], *, is_complete: bool) -> None:
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
        """Read the payments so far of a long entry that goes on."""
        for parent in entry.iterchildren(lines.details_tag):
            if len(parent) > DETAILS_AT_ONCE:
                for values in lines.read(parent, skipped=1):
                    self._details.extend(_read_details(values))
                self._pieces.note_progress()
                drop_ended_children(parent)

    def _read_head(self) -> StatementHead:
        self._number += 1
        fields = _read_head_fields(self._statement)
        head = StatementHead(
            number=self._number,
            id=fields.get("Id", ""),
            iban=fields.get("IBAN", ""),
            currency=fields.get("Ccy", EURO),
            opening_cents=_get_balance(fields, _OPENING, "opening"),
            closing_cents=_get_balance(fields, _CLOSING, "closing"),
        )
        if not head.id or not head.iban:
            raise BankFileError(
                "no_account",
                f"A statement in this {FILE_KIND} does not say its id and IBAN: fetch it from the bank again.",
            )
        _check_currency(head.currency)
        self._open = _OpenStatement(head)
        return head

    def _add_entry(self, items: list[StatementHead | Entry], values: list[str]) -> None:
        """Add the entry with these values and those of its payments; one that is not booked does not count."""
        amount, currency, sign, status, day, reference, batch_id = values[:ENTRY_VALUES]
        earlier_details, self._details = self._details, []
        if status != "BOOK":
            _read_details(values, ENTRY_VALUES)  # what is wrong in it is refused all the same
            return
        statement = self._open
        assert statement is not None  # noqa: S101 - the head is read before the first entry
        cents = _parse_euro_cents(amount, currency)
        cents = -cents if sign == "DBIT" else cents
        if len(values) == SINGLE_PAYMENT_VALUES and not earlier_details:
            details: tuple[Detail, ...] = (_read_single_detail(values, cents),)
        else:
            details = _sign_details(earlier_details + _read_details(values, ENTRY_VALUES), cents)
        statement.entries += 1
        statement.sum_cents += cents
        batch_id = "" if len(details) > 1 else batch_id
        items.append(Entry(statement.entries, reference, _parse_day(day), cents, batch_id, details))

    def _close_statement(self) -> None:
        assert self._open is not None  # noqa: S101 - the head is read before the statement ends
        head, sum_cents = self._open.head, self._open.sum_cents
        if head.opening_cents + sum_cents != head.closing_cents:
            raise BankFileError(
                "balance",
                f"The entries of statement {self._number} add up to {sum_cents} cents and its balances differ by "
                f"{head.closing_cents - head.opening_cents}: fetch it from the bank again.",
            )
        self._open = None


def _read_single_detail(values: list[str], entry_cents: int) -> Detail:
    """Return the only payment in an entry, as nearly all are: its amount is the entry's, whatever it says itself."""
    *amounts, end_to_end_id, plain, reference, code, _ = values[ENTRY_VALUES:]
    _parse_payment_cents(*amounts)
    return Detail(entry_cents, end_to_end_id, plain or reference, _normalise_reason(code))


def _read_details(values: list[str], start: int = 0) -> list[Detail]:
    """Return the payments whose values stand from there on, one after the other."""
    return [
        Detail(
            _parse_payment_cents(*values[at : at + AMOUNT_VALUES]),
            values[at + 4],
            values[at + 5] or values[at + 6],
            _normalise_reason(values[at + 7]),
        )
        for at in range(start, len(values) - 1, DETAIL_VALUES)
    ]


@lru_cache(maxsize=AMOUNTS_CACHED_MAX)
def _parse_payment_cents(amount: str, currency: str, older_amount: str, older_currency: str) -> int | None:
    """Return what a payment says of itself: in Amt, in older versions in AmtDtls, or nowhere when it is the only one.

    None also for an amount in another currency: what moved on this account is then said by the entry alone.
    """
    amount, currency = (amount, currency) if amount else (older_amount, older_currency)
    return parse_cents(amount) if amount and currency == EURO else None


def _normalise_reason(code: str) -> str:
    return code if not code or _REASON.fullmatch(code) else UNEXPLAINED


def _sign_details(details: list[Detail], entry_cents: int) -> tuple[Detail, ...]:
    """Sign details like their entry. Several must add up to it; where one says no euros only the entry counts."""
    if len(details) == 1:
        _, end_to_end_id, reference, return_code = details[0]
        return (Detail(entry_cents, end_to_end_id, reference, return_code),)
    if any(detail.amount_cents is None for detail in details):
        return ()
    if details and sum(detail.amount_cents or 0 for detail in details) != abs(entry_cents):
        raise BankFileError(
            "entry_sum",
            f"The payments in an entry of this {FILE_KIND} do not add up to it: fetch it from the bank again.",
        )
    sign = -1 if entry_cents < 0 else 1
    return tuple([detail._replace(amount_cents=sign * (detail.amount_cents or 0)) for detail in details])


def _read_head_fields(statement: Any) -> dict[str, str]:
    fields = {
        "Id": (statement.findtext("{*}Id") or "").strip(),
        "IBAN": compact_iban(statement.findtext("{*}Acct/{*}Id/{*}IBAN") or ""),
        "Ccy": statement.findtext("{*}Acct/{*}Ccy") or EURO,
    }
    for balance in statement.iterfind("{*}Bal"):
        kind = balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") or ""
        amount = balance.find("{*}Amt")
        if amount is not None:
            sign = "-" if balance.findtext("{*}CdtDbtInd") == "DBIT" else ""
            fields.setdefault(kind, f"{sign}{_parse_euro_cents(amount.text, amount.get('Ccy', EURO))}")
    return fields


def _get_balance(fields: dict[str, str], kinds: tuple[str, ...], which: str) -> int:
    for kind in kinds:
        if kind in fields:
            return int(fields[kind])
    raise BankFileError(
        "no_balance", f"A statement of this {FILE_KIND} lacks its {which} balance: fetch it from the bank again."
    )


@lru_cache(maxsize=AMOUNTS_CACHED_MAX)
def _parse_euro_cents(amount: str | None, currency: str) -> int:
    _check_currency(currency)
    return parse_cents(amount)


def _check_currency(currency: str) -> None:
    if currency != EURO:
        raise BankFileError(
            "wrong_currency", f"This {FILE_KIND} holds amounts that are not in euro: send the one of the euro account."
        )


@lru_cache(maxsize=DAYS_CACHED_MAX)
def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BankFileError(
            "wrong_day", f"An entry in this {FILE_KIND} has no booking day: fetch it from the bank again."
        ) from None
