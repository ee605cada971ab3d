"""A statement of the account, camt.053: read in pieces, entry by entry, however many there are.

Every statement's balances are checked against the sum of its entries, and amounts against their currency. Only booked
entries count. The payments inside a long entry are read while it comes in, so that a batch of any size fits in memory.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from services.ontzorgen.bank.formats.camt_lines import ALONE_VALUES, AMOUNT_VALUES, DETAIL_VALUES, ENTRY_VALUES, Lines
from services.ontzorgen.bank.formats.safe_xml import AMOUNTS_REMEMBERED_MAX, PieceReader, cents_of, forget
from services.ontzorgen.bank.rules.messages import UNEXPLAINED, BankFileError, Detail, Entry, StatementHead
from shared.iban import compact_iban

WHAT = "camt.053 statement"
EURO = "EUR"
DAYS_REMEMBERED_MAX = 1_024
DETAILS_AT_ONCE = 64
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(02|04|06|08|09|10|11|12|13)")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_WANTED = ("Stmt",)


@dataclass
class _Open:
    """The statement that is being read."""

    head: StatementHead
    entries: int = 0
    sum_cents: int = 0


class StatementReader:
    """Feed it pieces of a file; it answers with heads and entries. `close` says whether the file was whole."""

    def __init__(self) -> None:
        self._pieces = PieceReader(_FORMATS, _WANTED, WHAT, events=("start",))
        self._lines: Lines | None = None
        self._statement: Any = None
        self._open: _Open | None = None
        self._details: list[Detail] = []
        self._number = 0

    def feed(self, piece: bytes) -> list[StatementHead | Entry]:
        """What this piece completed: the head of each statement before its entries. BankFileError for a bad file."""
        found: list[StatementHead | Entry] = []
        for _, element in self._pieces.feed(piece):
            self._finish(found, before=element)
            self._statement = element
        if self._statement is not None and len(self._statement):
            self._read(found, is_whole=False)
        return found

    def close(self) -> list[StatementHead | Entry]:
        """The last of it, now that the file is whole. BankFileError when it breaks off or holds no statement."""
        self._pieces.close()
        found: list[StatementHead | Entry] = []
        self._finish(found, before=None)
        if not self._number:
            raise BankFileError("no_statement", f"This {WHAT} holds no statement: fetch it from the bank again.")
        return found

    def _finish(self, found: list[StatementHead | Entry], before: Any) -> None:
        """The statement so far ends where another begins beside it, or with the file."""
        if self._statement is None:
            return
        if before is not None and before.getprevious() is not self._statement:
            raise BankFileError(
                "nested_statement",
                f"Statements of this {WHAT} do not stand side by side: fetch it from the bank again.",
            )
        self._read(found, is_whole=True)
        self._close_statement()
        self._statement.getparent().remove(self._statement)
        self._statement = None

    def _read(self, found: list[StatementHead | Entry], *, is_whole: bool) -> None:
        """The entries that are there; while the statement goes on, the last one may do so too and is left."""
        lines = self._lines = self._lines or Lines(self._pieces.namespace)
        statement = self._statement
        if not is_whole and statement[-1].tag != lines.entry:
            return
        if self._open is None:
            found.append(self._head())
        for values in lines.of(statement, left=0 if is_whole else 1):
            self._add(found, values)
            self._pieces.is_moving()
        if not is_whole:
            self._read_begun(lines, statement[-1])
            forget(statement)

    def _read_begun(self, lines: Lines, entry: Any) -> None:
        """The payments so far of a long entry that goes on."""
        for parent in entry.iterchildren(lines.parent):
            if len(parent) > DETAILS_AT_ONCE:
                self._details.extend(one for values in lines.of(parent, left=1) for one in _details(values))
                self._pieces.is_moving()
                forget(parent)

    def _head(self) -> StatementHead:
        self._number += 1
        found = _head_fields(self._statement)
        head = StatementHead(
            number=self._number,
            id=found.get("Id", ""),
            iban=found.get("IBAN", ""),
            currency=found.get("Ccy", EURO),
            opening_cents=_balance(found, _OPENING, "opening"),
            closing_cents=_balance(found, _CLOSING, "closing"),
        )
        if not head.id or not head.iban:
            raise BankFileError(
                "no_account", f"A statement in this {WHAT} does not say its id and IBAN: fetch it from the bank again."
            )
        _check_currency(head.currency)
        self._open = _Open(head)
        return head

    def _add(self, found: list[StatementHead | Entry], values: list[str]) -> None:
        """The entry with these values and those of its payments; one that is not booked does not count."""
        amount, currency, sign, status, day, reference, batch_id = values[:ENTRY_VALUES]
        begun, self._details = self._details, []
        if status != "BOOK":
            _details(values, ENTRY_VALUES)  # what is wrong in it is refused all the same
            return
        opened = self._open
        assert opened is not None  # noqa: S101 - the head is read before the first entry
        cents = _euro_cents(amount, currency)
        cents = -cents if sign == "DBIT" else cents
        if len(values) == ALONE_VALUES and not begun:
            whole: tuple[Detail, ...] = (_alone(values, cents),)
        else:
            whole = _signed(begun + _details(values, ENTRY_VALUES), cents)
        opened.entries += 1
        opened.sum_cents += cents
        found.append(Entry(opened.entries, reference, _day(day), cents, "" if len(whole) > 1 else batch_id, whole))

    def _close_statement(self) -> None:
        assert self._open is not None  # noqa: S101 - the head is read before the statement ends
        head, found = self._open.head, self._open.sum_cents
        if head.opening_cents + found != head.closing_cents:
            raise BankFileError(
                "balance",
                f"The entries of statement {self._number} add up to {found} cents and its balances differ by "
                f"{head.closing_cents - head.opening_cents}: fetch it from the bank again.",
            )
        self._open = None


def _alone(values: list[str], entry_cents: int) -> Detail:
    """The only payment in an entry, as nearly all are: what moved is what the entry says, whatever it says itself."""
    *said, end_to_end_id, plain, reference, code, _ = values[ENTRY_VALUES:]
    _said_cents(*said)
    return Detail(entry_cents, end_to_end_id, plain or reference, _reason(code))


def _details(values: list[str], start: int = 0) -> list[Detail]:
    """The payments whose values stand from there on, one after the other."""
    return [
        Detail(
            _said_cents(*values[at : at + AMOUNT_VALUES]),
            values[at + 4],
            values[at + 5] or values[at + 6],
            _reason(values[at + 7]),
        )
        for at in range(start, len(values) - 1, DETAIL_VALUES)
    ]


@lru_cache(maxsize=AMOUNTS_REMEMBERED_MAX)
def _said_cents(amount: str, currency: str, older: str, older_currency: str) -> int | None:
    """What a payment says of itself: in Amt, in older versions in AmtDtls, or nowhere when it is alone.

    None also for an amount in another currency: what moved on this account is then said by the entry alone.
    """
    said, said_in = (amount, currency) if amount else (older, older_currency)
    return cents_of(said) if said and said_in == EURO else None


def _reason(code: str) -> str:
    return code if not code or _REASON.fullmatch(code) else UNEXPLAINED


def _signed(details: list[Detail], entry_cents: int) -> tuple[Detail, ...]:
    """Details signed like their entry. Several must add up to it; where one says no euros the entry stands alone."""
    if len(details) == 1:
        _, end_to_end_id, reference, return_code = details[0]
        return (Detail(entry_cents, end_to_end_id, reference, return_code),)
    if any(one.amount_cents is None for one in details):
        return ()
    if details and sum(one.amount_cents or 0 for one in details) != abs(entry_cents):
        raise BankFileError(
            "entry_sum", f"The payments in an entry of this {WHAT} do not add up to it: fetch it from the bank again."
        )
    sign = -1 if entry_cents < 0 else 1
    return tuple([one._replace(amount_cents=sign * (one.amount_cents or 0)) for one in details])


def _head_fields(statement: Any) -> dict[str, str]:
    found = {
        "Id": (statement.findtext("{*}Id") or "").strip(),
        "IBAN": compact_iban(statement.findtext("{*}Acct/{*}Id/{*}IBAN") or ""),
        "Ccy": statement.findtext("{*}Acct/{*}Ccy") or EURO,
    }
    for balance in statement.iterfind("{*}Bal"):
        kind = balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") or ""
        amount = balance.find("{*}Amt")
        if amount is not None:
            sign = "-" if balance.findtext("{*}CdtDbtInd") == "DBIT" else ""
            found.setdefault(kind, f"{sign}{_euro_cents(amount.text, amount.get('Ccy', EURO))}")
    return found


def _balance(found: dict[str, str], kinds: tuple[str, ...], which: str) -> int:
    for kind in kinds:
        if kind in found:
            return int(found[kind])
    raise BankFileError(
        "no_balance", f"A statement of this {WHAT} lacks its {which} balance: fetch it from the bank again."
    )


@lru_cache(maxsize=AMOUNTS_REMEMBERED_MAX)
def _euro_cents(amount: str | None, currency: str) -> int:
    _check_currency(currency)
    return cents_of(amount)


def _check_currency(currency: str) -> None:
    if currency != EURO:
        raise BankFileError(
            "wrong_currency", f"This {WHAT} holds amounts that are not in euro: send the one of the euro account."
        )


@lru_cache(maxsize=DAYS_REMEMBERED_MAX)
def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BankFileError(
            "wrong_day", f"An entry in this {WHAT} has no booking day: fetch it from the bank again."
        ) from None
