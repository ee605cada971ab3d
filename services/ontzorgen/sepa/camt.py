"""A statement of the account, camt.053: read in pieces, entry by entry, however many there are.

Every statement's balances are checked against the sum of its entries, and amounts against their currency. Only booked
entries count. The payments inside a long entry are read while it comes in, so that a batch of any size fits in memory.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from lxml import etree

from services.ontzorgen.domain.bank_messages import UNEXPLAINED, BankFileError, Detail, Entry, StatementHead
from services.ontzorgen.sepa.safe_xml import PieceReader, cents_of, forget
from services.ontzorgen.sepa.text import compact_iban

WHAT = "camt.053 statement"
EURO = "EUR"
DAYS_REMEMBERED_MAX = 1_024
DETAILS_AT_ONCE = 64
_FORMATS = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(02|04|06|08|09|10|11|12|13)")
_REASON = re.compile(r"[A-Z0-9]{1,4}")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_WANTED = ("Stmt",)

# A compiled stylesheet takes the values out of all entries of a piece at once, as lines of values: asking lxml for them
# one by one takes three times as long and keeps the interpreter. White space is normalised, so that tabs and ends of
# lines stand between values and nowhere else.
_BATCH_ID = "NtryDtls/Btch/PmtInfId | NtryDtls/TxDtls[1]/Refs/PmtInfId"
_OF_ENTRY = ("Amt", "Amt/@Ccy", "CdtDbtInd", "RvslInd", "Sts", "BookgDt | ValDt", "AcctSvcrRef", _BATCH_ID)
_OF_DETAILS = ("Amt", "Amt/@Ccy", "AmtDtls/TxAmt/Amt", "AmtDtls/TxAmt/Amt/@Ccy", "Refs/EndToEndId", "RmtInf/Ustrd",
               "RmtInf/Strd/CdtrRefInf/Ref", "RtrInf/Rsn/Cd")  # fmt: skip
_STYLESHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:n="{namespace}">
<xsl:output method="text"/><xsl:param name="left" select="0"/>
<xsl:template match="n:Stmt"><xsl:for-each select="n:Ntry[position() &lt;= last() - $left]">
<xsl:text>{entry}</xsl:text>{of_entry}<xsl:text>&#10;</xsl:text><xsl:apply-templates select="n:NtryDtls/n:TxDtls"/>
</xsl:for-each></xsl:template>
<xsl:template match="n:NtryDtls">
<xsl:apply-templates select="n:TxDtls[position() &lt;= last() - $left]"/></xsl:template>
<xsl:template match="n:TxDtls"><xsl:text>{details}</xsl:text>{of_details}<xsl:text>&#10;</xsl:text></xsl:template>
</xsl:stylesheet>"""
_ENTRY, _DETAILS = "E", "D"


class _Lines:
    """The entries in a statement, or the payments in an entry, as lines of values; `left` is how many to leave."""

    def __init__(self, namespace: str) -> None:
        self.entry, self.parent = f"{{{namespace}}}Ntry", f"{{{namespace}}}NtryDtls"
        text = _STYLESHEET.format(
            namespace=namespace,
            entry=_ENTRY,
            details=_DETAILS,
            of_entry="".join(map(_value_of, _OF_ENTRY)),
            of_details="".join(map(_value_of, _OF_DETAILS)),
        )
        self._stylesheet = etree.XSLT(etree.fromstring(text), access_control=etree.XSLTAccessControl.DENY_ALL)

    def of(self, element: Any, left: int) -> list[str]:
        return str(self._stylesheet(element, left=str(left))).split("\n")[:-1]


def _value_of(path: str) -> str:
    """The first that is there of one or several paths."""
    paths = (one.split("/") for one in path.split(" | "))
    named = " | ".join("/".join(part if part.startswith("@") else f"n:{part}" for part in one) for one in paths)
    return f'<xsl:text>&#9;</xsl:text><xsl:value-of select="normalize-space({named})"/>'


@dataclass
class _Open:
    """The statement that is being read."""

    head: StatementHead
    entries: int = 0
    sum_cents: int = 0


class StatementReader:
    """Feed it pieces of a file; it answers with heads and entries. `close` says whether the file was whole."""

    def __init__(self) -> None:
        self._pieces = PieceReader(_FORMATS, _WANTED, WHAT)
        self._lines: _Lines | None = None
        self._statement: Any = None
        self._open: _Open | None = None
        self._details: list[Detail] = []
        self._number = 0

    def feed(self, piece: bytes) -> list[StatementHead | Entry]:
        """What this piece completed: the head of each statement before its entries. BankFileError for a bad file."""
        found: list[StatementHead | Entry] = []
        for event, element in self._pieces.feed(piece):
            if event == "start":
                self._statement = element
                continue
            self._read(found, is_whole=True)
            self._close_statement()
            forget(element.getparent())
            self._statement = None
        if self._statement is not None and len(self._statement):
            self._read(found, is_whole=False)
        return found

    def close(self) -> None:
        """BankFileError when the file breaks off or holds no statement."""
        self._pieces.close()
        if not self._number:
            raise BankFileError("no_statement", f"This {WHAT} holds no statement: fetch it from the bank again.")

    def _read(self, found: list[StatementHead | Entry], *, is_whole: bool) -> None:
        """The entries that are there; while the statement goes on, the last one may do so too and is left."""
        lines = self._lines = self._lines or _Lines(self._pieces.namespace)
        statement = self._statement
        if not is_whole and statement[-1].tag != lines.entry:
            return
        if self._open is None:
            found.append(self._head())
        said: list[str] | None = None
        for line in lines.of(statement, left=0 if is_whole else 1):
            kind, *values = line.split("\t")
            if kind == _DETAILS:
                self._details.append(_detail(*values))
            else:
                self._add(found, said)
                said = values
        self._add(found, said)
        if not is_whole:
            self._read_begun(lines, statement[-1])
            forget(statement)

    def _read_begun(self, lines: _Lines, entry: Any) -> None:
        """The payments so far of a long entry that goes on."""
        for parent in entry.iterchildren(lines.parent):
            if len(parent) > DETAILS_AT_ONCE:
                self._details.extend(_detail(*line.split("\t")[1:]) for line in lines.of(parent, left=1))
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

    def _add(self, found: list[StatementHead | Entry], said: list[str] | None) -> None:
        """The entry whose values and payments were read; one that is not booked does not count."""
        if said is None:
            return
        details, self._details = self._details, []
        amount, currency, sign, reversal, status, day, reference, batch_id = said
        self._pieces.is_moving()
        if status != "BOOK":
            return
        opened = self._open
        assert opened is not None  # noqa: S101 - the head is read before the first entry
        cents = _euro_cents(amount, currency)
        cents = -cents if sign == "DBIT" else cents
        whole = _signed(details, cents)
        opened.entries += 1
        opened.sum_cents += cents
        is_reversal = reversal in ("true", "1")
        batch_id = "" if len(whole) > 1 else batch_id
        found.append(Entry(opened.entries, reference, _day(day), cents, is_reversal, batch_id, whole))

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


def _detail(
    amount: str,
    currency: str,
    older: str,
    older_currency: str,
    end_to_end_id: str,
    plain: str,
    reference: str,
    code: str,
) -> Detail:
    """One payment. Its amount stands in Amt, in older versions in AmtDtls, or nowhere when it is alone.

    None also for an amount in another currency: what moved on this account is then said by the entry alone.
    """
    said, said_in = (amount, currency) if amount else (older, older_currency)
    cents = cents_of(said) if said and said_in == EURO else None
    if code and not _REASON.fullmatch(code):
        code = UNEXPLAINED
    return Detail(cents, end_to_end_id, plain or reference, code)


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
