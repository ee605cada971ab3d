"""What a camt.053 statement opens with: its id, number, page and account, and its balances with their days."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from services.ontzorgen.bank.formats.entry_details import EURO
from services.ontzorgen.bank.formats.xml_pieces import AMOUNTS_CACHED_MAX, parse_cents, parse_dutch_day
from services.ontzorgen.bank.rules.bank_statements import StatementHead
from services.ontzorgen.bank.rules.messages import BankFileError
from shared.iban import compact_iban

FILE_KIND = "camt.053 statement"
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_BETWEEN_PAGES = "ITBD"
_BALANCES_READ = frozenset({*_OPENING, *_CLOSING, _BETWEEN_PAGES})
_SEQUENCE_DIGITS_MAX = 18
_PAGE_DIGITS_MAX = 5
_TRUE = frozenset({"true", "1"})


class Balance(NamedTuple):
    """One balance in signed cents, with its day."""

    cents: int
    on: date | None


@dataclass(frozen=True, slots=True)
class PageMark:
    """Where a page stands in its statement. `is_of_file`: the file says it of itself, and not the statement in it."""

    number: int
    is_last: bool
    is_of_file: bool

    @property
    def is_whole(self) -> bool:
        return self.number == 1 and self.is_last


def read_head(statement: Any, number: int, mark: PageMark) -> StatementHead:
    """Return the head of a statement; BankFileError when it lacks id, account or, unless it is a page, a balance."""
    balances: dict[str, list[Balance]] = {}
    for balance in statement.iterfind("{*}Bal"):
        _add_balance(balances, balance)
    opening = _find_balance(balances, _OPENING, at=0)
    closing = _find_balance(balances, _CLOSING, at=-1)
    if mark.is_whole:
        _require_balance(opening, "opening")
        _require_balance(closing, "closing")
    head = StatementHead(
        number=number,
        id=(statement.findtext("{*}Id") or "").strip(),
        iban=compact_iban(statement.findtext("{*}Acct/{*}Id/{*}IBAN") or ""),
        currency=statement.findtext("{*}Acct/{*}Ccy") or EURO,
        opening_cents=opening and opening.cents,
        closing_cents=closing and closing.cents,
        opened_on=opening and opening.on,
        closed_on=closing and closing.on,
        sequence=_read_sequence(statement),
        page=mark.number,
        is_whole=mark.is_whole,
    )
    if not head.id or not head.iban:
        raise BankFileError(
            "no_account",
            f"A statement in this {FILE_KIND} does not say its id and IBAN: ask the bank for one of your account.",
        )
    check_currency(head.currency)
    return head


def read_page_mark(statement: Any) -> PageMark:
    """Return which page this is: as the statement says or else, where it has none of its own, the file."""
    for pages, is_of_file in (
        (statement.find("{*}StmtPgntn"), False),
        (statement.getparent().find("{*}GrpHdr/{*}MsgPgntn"), True),
    ):
        if pages is not None:
            is_last = (pages.findtext("{*}LastPgInd") or "true").strip() in _TRUE
            return PageMark(_read_page_number(pages), is_last, is_of_file)
    return PageMark(1, is_last=True, is_of_file=False)


def _read_page_number(pages: Any) -> int:
    """Return the number of a page: 1 where there is none, or a zero; BankFileError for more digits than are allowed."""
    number = (pages.findtext("{*}PgNb") or "").strip().lstrip("0")
    if len(number) > _PAGE_DIGITS_MAX:
        raise BankFileError(
            "wrong_page",
            f"A page of this {FILE_KIND} has a number of more than {_PAGE_DIGITS_MAX} digits: fetch it from the bank "
            "again. If it still has, the bank has to repair it.",
        )
    return int(number) if number.isdecimal() else 1


@lru_cache(maxsize=AMOUNTS_CACHED_MAX)
def parse_euro_cents(amount: str | None, currency: str) -> int:
    """Return an amount in whole cents; BankFileError for another currency."""
    check_currency(currency)
    return parse_cents(amount)


def check_currency(currency: str) -> None:
    if currency != EURO:
        raise BankFileError(
            "wrong_currency", f"This {FILE_KIND} holds amounts that are not in euro: send the one of the euro account."
        )


def _add_balance(balances: dict[str, list[Balance]], balance: Any) -> None:
    kind = balance.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd") or ""
    amount = balance.find("{*}Amt")
    if amount is not None and kind in _BALANCES_READ:
        cents = parse_euro_cents(amount.text, amount.get("Ccy", EURO))
        sign = -1 if balance.findtext("{*}CdtDbtInd") == "DBIT" else 1
        day = balance.findtext("{*}Dt/{*}Dt") or balance.findtext("{*}Dt/{*}DtTm")
        balances.setdefault(kind, []).append(Balance(sign * cents, parse_dutch_day(day)))


def _find_balance(balances: dict[str, list[Balance]], kinds: tuple[str, ...], at: int) -> Balance | None:
    """Return the balance of one of these kinds; on a page the one that stands between pages, first or last."""
    for kind in kinds:
        if kind in balances:
            return balances[kind][0]
    return balances[_BETWEEN_PAGES][at] if _BETWEEN_PAGES in balances else None


def _require_balance(balance: Balance | None, which: str) -> None:
    if balance is None:
        raise BankFileError(
            "no_balance",
            f"A statement of this {FILE_KIND} lacks its {which} balance, so nobody can tell whether it is complete: "
            "ask the bank for the statement with both balances.",
        )


def _read_sequence(statement: Any) -> int | None:
    """Return the number of the statement: the legal one, else the electronic one; None without a usable one."""
    for name in ("LglSeqNb", "ElctrncSeqNb"):
        text = (statement.findtext(f"{{*}}{name}") or "").strip()
        if text.isdecimal() and len(text) <= _SEQUENCE_DIGITS_MAX and int(text) > 0:
            return int(text)
    return None
