"""What people are known by elsewhere, found in any text: a BSN, an IBAN, an e-mail address. Linear in the text.

Between digits, or letters of an account, there may be anything that is no letter and no digit, as much as one likes.
"""

import re
from functools import cache

from stdnum import iban, numdb
from stdnum.nl import bsn

_BSN_LENGTHS = (8, 9)
# A letter ends a number, and so do four letters of another script; fewer of those may stand between its digits.
_DIGITS_OR_END = re.compile(r"([0-9]+)|[A-Za-z]|[^\W\d_]{4}")
_NO_LETTER_OR_DIGIT = re.compile(r"[^0-9A-Za-z]+")
_ACCOUNT_HEAD = re.compile(r"(?=([A-Za-z]{2})[0-9]{2})")
_LENGTH_IN_STRUCTURE = re.compile(r"([0-9]+)!")
_SPACES = re.compile(r"\s+")
_AT = re.compile(r" ?(?:@|[(\[{] ?(?:at|apenstaartje) ?[)\]}]) ?", re.IGNORECASE)
_DOT = r"(?:\.| \. | ?[(\[{] ?(?:dot|punt) ?[)\]}] ?)"
_DOMAIN = re.compile(rf"(?:[^\s@<>.()\[\]{{}}]{{1,63}}{_DOT}){{1,10}}[^\W\d_]{{2,}}", re.IGNORECASE)
_DOMAIN_CHARACTERS_MAX = 320


def is_bsn(number: str) -> bool:
    """Return whether eight or nine digits pass the eleven-test."""
    return len(number) in _BSN_LENGTHS and bsn.is_valid(number)


def holds_bsn(text: str) -> bool:
    """Return whether adjacent groups of digits together form a BSN; every run of groups is tried."""
    groups: list[str] = []
    for match in _DIGITS_OR_END.finditer(text):
        if match[1] is None:
            groups.clear()
            continue
        groups.append(match[1] if len(match[1]) <= max(_BSN_LENGTHS) else match[1].lstrip("0"))  # filled up to a width
        del groups[: -max(_BSN_LENGTHS)]
        if _ends_in_bsn(groups):
            return True
    return False


def _ends_in_bsn(groups: list[str]) -> bool:
    number = ""
    for group in reversed(groups):
        number = group + number
        if len(number) > max(_BSN_LENGTHS):
            return False
        if is_bsn(number):
            return True
    return False


def holds_account(text: str) -> bool:
    """Return whether a text holds an IBAN.

    The check per country's banks is left out: it refuses banks that are newer than its list.
    """
    compact = _NO_LETTER_OR_DIGIT.sub("", text).upper()
    for head in _ACCOUNT_HEAD.finditer(compact):
        length = _find_account_length(head[1])
        candidate = compact[head.start() : head.start() + length]
        if len(candidate) == length > 0 and iban.is_valid(candidate, check_country=False):
            return True
    return False


@cache
def _find_account_length(country: str) -> int:
    """Return how many characters an IBAN of this country has; 0 if the country has none."""
    structure = numdb.get("iban").info(country)[0][1].get("bban", "")
    return 4 + sum(map(int, _LENGTH_IN_STRUCTURE.findall(structure))) if structure else 0


def holds_mail_address(text: str) -> bool:
    """Return whether a text holds an e-mail address, also with spaces around its signs or with words for them."""
    text = _SPACES.sub(" ", text)
    for sign in _AT.finditer(text):
        has_name = sign.start() > 0 and text[sign.start() - 1] not in " @<>:"
        domain = text[sign.end() : sign.end() + _DOMAIN_CHARACTERS_MAX]
        if has_name and _DOMAIN.match(domain):
            return True
    return False
