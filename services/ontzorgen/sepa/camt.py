"""A statement of the account, camt.053: read in pieces, entry by entry, however many there are.

Every statement's balances are checked against the sum of its entries, and amounts against their currency. Only booked
entries count. A payment inside an entry is read as soon as it ends, so that a batch of any size fits in memory.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from services.ontzorgen.domain.bank_messages import UNEXPLAINED, BankFileError, Detail, Entry, StatementHead
from services.ontzorgen.sepa.safe_xml import PieceReader, cents_of, forget

WHAT = "camt.053 statement"
EURO = "EUR"
DAYS_REMEMBERED_MAX = 1_024
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(02|04|06|08|09|10|11|12|13)")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_WANTED = ("TxDtls", "Ntry", "Stmt")
_OF_ENTRY = ("Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "AcctSvcrRef", "NtryDtls")
_OF_DETAILS = ("Refs", "Amt", "AmtDtls", "RmtInf", "RtrInf")


@dataclass
class _Open:
    """The statement that is being read."""

    head: StatementHead
    entries: int = 0
    sum_cents: int = 0


class _Names:
    """The elements that are read, with their namespace: putting it together for each of them would cost more."""

    def __init__(self, namespace: str) -> None:
        self.details, self.entry, self.statement = (f"{{{namespace}}}{name}" for name in _WANTED)
        self.of_entry = {f"{{{namespace}}}{name}": name for name in _OF_ENTRY}
        self.of_details = {f"{{{namespace}}}{name}": name for name in _OF_DETAILS}
        self.batch = f"{{{namespace}}}Btch"
        self.end_to_end_id, self.unstructured = f"{{{namespace}}}EndToEndId", f"{{{namespace}}}Ustrd"


class StatementReader:
    """Feed it pieces of a file; it answers with heads and entries. `close` says whether the file was whole."""

    def __init__(self) -> None:
        self._pieces = PieceReader(_FORMATS, _WANTED, WHAT)
        self._names: _Names | None = None
        self._details: list[Detail] = []
        self._open: _Open | None = None
        self._number = 0

    def feed(self, piece: bytes) -> list[StatementHead | Entry]:
        """What this piece completed: the head of each statement before its entries. BankFileError for a bad file."""
        found: list[StatementHead | Entry] = []
        elements = self._pieces.feed(piece)
        if self._names is None and self._pieces.namespace:
            self._names = _Names(self._pieces.namespace)
        if self._names is None:
            return found
        names = self._names
        parents = {}
        for element in elements:
            tag = element.tag
            if self._open is None:
                found.append(self._head(_ancestor(element, names.statement)))
            if tag == names.details:
                self._details.append(_detail(element, names))
                parents[tag] = element.getparent()
            elif tag == names.entry:
                entry = self._entry(element, names)
                parents[tag] = element.getparent()
                if entry is not None:
                    found.append(entry)
            else:
                self._close_statement()
                parents[tag] = element.getparent()
        for parent in parents.values():
            forget(parent)
        return found

    def close(self) -> None:
        """BankFileError when the file breaks off or holds no statement."""
        self._pieces.close()
        if not self._number:
            raise BankFileError("no_statement", f"This {WHAT} holds no statement: fetch it from the bank again.")

    def _head(self, statement: Any) -> StatementHead:
        self._number += 1
        found = _head_fields(statement)
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

    def _entry(self, element: Any, names: _Names) -> Entry | None:
        details, self._details = self._details, []
        assert self._open is not None  # noqa: S101 - the head is read before the first entry
        entry = _entry(element, names)
        if entry is None:
            return None
        self._open.entries += 1
        self._open.sum_cents += entry.amount_cents
        whole = _signed(details, entry.amount_cents)
        return entry._replace(number=self._open.entries, batch_id="" if whole else entry.batch_id, details=whole)

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


def _entry(element: Any, names: _Names) -> Entry | None:
    """One walk over the entry's own elements: looking each of them up costs four times as much. None: not booked."""
    cents, booked_on, is_booked, is_reversal, reference, batch_id = 0, None, True, False, "", ""
    for child in element:
        match names.of_entry.get(child.tag):
            case "Amt":
                cents = _euro_cents(child)
            case "CdtDbtInd" if child.text == "DBIT":
                cents = -cents
            case "BookgDt":
                booked_on = _day(child[0].text if len(child) else None)
            case "AcctSvcrRef":
                reference = child.text or ""
            case "Sts":
                is_booked = (child[0].text if len(child) else child.text) == "BOOK"
            case "RvslInd":
                is_reversal = child.text in ("true", "1")
            case "NtryDtls" if len(child) and child[0].tag == names.batch:
                batch_id = child[0].findtext("{*}PmtInfId") or ""
    if booked_on is None:
        raise BankFileError("no_day", f"An entry in this {WHAT} has no booking day: fetch it from the bank again.")
    return Entry(0, reference, booked_on, cents, is_reversal, batch_id, ()) if is_booked else None


def _detail(details: Any, names: _Names) -> Detail:
    """One payment in an entry. Its amount stands in Amt, in older versions in AmtDtls, or nowhere when it is alone."""
    cents, end_to_end_id, reference, return_code = None, "", "", ""
    for child in details:
        name = names.of_details.get(child.tag)
        if name == "Refs":
            end_to_end_id = _text_of(child, names.end_to_end_id)
        elif name == "Amt":
            cents = _euro_cents(child)
        elif name == "RmtInf":
            reference = _text_of(child, names.unstructured) or child.findtext("{*}Strd/{*}CdtrRefInf/{*}Ref") or ""
        elif name == "RtrInf":
            return_code = _code(child.findtext("{*}Rsn/{*}Cd"))
        elif name == "AmtDtls" and cents is None:
            amount = child.find("{*}TxAmt/{*}Amt")
            cents = None if amount is None else _euro_cents(amount)
    return Detail(cents, end_to_end_id, reference, return_code)


def _signed(details: list[Detail], entry_cents: int) -> tuple[Detail, ...]:
    """Details signed like their entry. Several must add up to it, or the entry says nothing about them."""
    if len(details) == 1:
        return (details[0]._replace(amount_cents=entry_cents),)
    if details and sum(one.amount_cents or 0 for one in details) != abs(entry_cents):
        raise BankFileError(
            "entry_sum", f"The payments in an entry of this {WHAT} do not add up to it: fetch it from the bank again."
        )
    sign = -1 if entry_cents < 0 else 1
    return tuple(one._replace(amount_cents=sign * (one.amount_cents or 0)) for one in details)


def _code(text: str | None) -> str:
    return text if text and _REASON.fullmatch(text) else UNEXPLAINED


def _text_of(element: Any, tag: str) -> str:
    for child in element:
        if child.tag == tag:
            return child.text or ""
    return ""


def _ancestor(element: Any, tag: str) -> Any:
    while element.tag != tag:
        element = element.getparent()
    return element


def _head_fields(statement: Any) -> dict[str, str]:
    found = {
        "Id": statement.findtext("{*}Id") or "",
        "IBAN": statement.findtext("{*}Acct/{*}Id/{*}IBAN") or "",
        "Ccy": statement.findtext("{*}Acct/{*}Ccy") or EURO,
    }
    for balance in statement.iterfind("{*}Bal"):
        kind = balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") or ""
        amount = balance.find("{*}Amt")
        if amount is not None:
            sign = "-" if balance.findtext("{*}CdtDbtInd") == "DBIT" else ""
            found.setdefault(kind, f"{sign}{_euro_cents(amount)}")
    return found


def _balance(found: dict[str, str], kinds: tuple[str, ...], which: str) -> int:
    for kind in kinds:
        if kind in found:
            return int(found[kind])
    raise BankFileError(
        "no_balance", f"A statement of this {WHAT} lacks its {which} balance: fetch it from the bank again."
    )


def _euro_cents(amount: Any) -> int:
    _check_currency(amount.get("Ccy", EURO))
    return cents_of(amount.text)


def _check_currency(currency: str) -> None:
    if currency != EURO:
        raise BankFileError(
            "wrong_currency", f"This {WHAT} holds amounts that are not in euro: send the one of the euro account."
        )


@lru_cache(maxsize=DAYS_REMEMBERED_MAX)
def _day(text: str | None) -> date:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        raise BankFileError("wrong_day", f"A day in this {WHAT} is none: fetch it from the bank again.") from None
