"""The personal data guard of every event: no BSN, IBAN or e-mail address in any attribute, key or text field.

A text is refused if it holds eight or nine digits that pass the eleven-test, however they are separated, an IBAN with
right check digits, or an e-mail address. Ids (UUID), trace ids, hashes, dates, amounts of money and CBS codes are
removed first, as one in eleven random numbers of nine digits passes the test. JSON numbers (cents, counts) are not
searched. A quick search of the bytes comes first: only a document that could hold something is parsed.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import msgspec
from stdnum import iban
from stdnum.nl import bsn

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_TRACEPARENT = r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
_DAY = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?"
_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_MOMENT = rf"{_DAY}(?:{_CLOCK})?"
_SOURCE = r"urn:nld:oin:[0-9]{20}:systeem:[a-z-]+"
_HASH = r"(?=[0-9]*[a-f])(?:[0-9a-f]{128}|[0-9a-f]{96}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})"
_CBS_NEIGHBOURHOOD = r"[Bb][Uu][0-9]{8}"
_MONEY = r"(?:€|EUR) ?[0-9]{1,3}(?:[.,]?[0-9]{3})*[.,][0-9]{2}"
_GAP = r"[^0-9A-Za-z]"

_HARMLESS = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_UUID}|{_TRACEPARENT}|{_SOURCE}|{_HASH}|{_CBS_NEIGHBOURHOOD})(?![0-9A-Za-z])"
    rf"|(?<![0-9])(?<![0-9]{_GAP})(?<![0-9]{_GAP}{{2}})(?<![0-9]{_GAP}{{3}})"
    rf"{_MOMENT}(?:{_GAP}{{1,3}}{_MOMENT})*(?!{_GAP}{{0,3}}[0-9])"
    rf"|{_MONEY}(?!{_GAP}{{0,3}}[0-9])"
)
_DIGIT_RUN = re.compile(rf"[0-9]+(?:{_GAP}{{1,3}}[0-9]+)*")
_ACCOUNT = re.compile(rf"(?=([A-Za-z]{{2}}[0-9]{{2}}(?:{_GAP}{{0,3}}[A-Za-z0-9]){{11,30}}))")
_ADDRESS = re.compile(r"[^\s@<>:]+@[^\s@<>]+\.[^\s@<>]+")

# The quick search: harmless values are removed, then one search for eight digits or the head of an IBAN. In a JSON text
# without a backslash no value holds a quote, so a quote always ends it.
_HARMLESS_VALUE = re.compile(rf'"(?:{_UUID}|{_MOMENT}|{_TRACEPARENT}|{_SOURCE})"'.encode())
_GAP_IN_VALUE = r'[^0-9A-Za-z"]{0,3}'
_EIGHT_DIGITS = rf"(?:{_GAP_IN_VALUE}[0-9]){{7}}"
_REST_OF_IBAN = rf"(?<=[A-Za-z]{{2}}[0-9])[0-9](?:{_GAP_IN_VALUE}[0-9A-Za-z]){{11}}"
_QUICK_SEARCH = re.compile(rf"[0-9](?<![0-9]{{2}})(?:{_EIGHT_DIGITS}|{_REST_OF_IBAN})".encode())
_BSN_LENGTHS = (8, 9)
_IBAN_LENGTH_MIN = 15
_TEXT_LENGTH_MIN = 5  # the shortest e-mail address has five characters
_UNQUOTING_ROUNDS_MAX = 3


class PersonalDataFoundError(ValueError):
    """A field holds what no event may carry. `kind` names it; the message names the field, never the value."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(
            f"The event field '{field}' holds {kind}: events carry ids and codes only, so give the id instead."
        )
        self.kind = kind


def refuse_personal_data(document: Any) -> None:
    """Raise PersonalDataFoundError if a text anywhere in the JSON document holds a BSN, IBAN or e-mail address."""
    for path, text in _walk_texts(document, ""):
        if kind := find_personal_data(text):
            raise PersonalDataFoundError(path, kind)


def refuse_personal_data_in_json(payload: bytes) -> None:
    """Do the same for a JSON document in bytes; it is parsed only if a quick search of the bytes leaves doubt."""
    is_plain = payload.isascii() and b"\\" not in payload and b"@" not in payload and b"%" not in payload
    if not is_plain or _QUICK_SEARCH.search(_HARMLESS_VALUE.sub(b'""', payload)):
        refuse_personal_data(msgspec.json.decode(payload))


def find_personal_data(text: str) -> str | None:
    """Return the kind of personal data that a text holds; None if it holds none."""
    if len(text) < _TEXT_LENGTH_MIN:
        return None
    if not text.isascii():
        text = _to_ascii_digits(text)
    for _ in range(_UNQUOTING_ROUNDS_MAX):
        if kind := _search_unquoted(text):
            return kind
        quoted, text = text, unquote(text)
        if text == quoted:
            return None
    return _search_unquoted(text)


def _search_unquoted(text: str) -> str | None:
    rest = _HARMLESS.sub(" x ", text)
    if any(_holds_bsn(match.group()) for match in _DIGIT_RUN.finditer(rest)):
        return "a number that passes the BSN eleven-test"
    if any(_holds_account(match.group(1)) for match in _ACCOUNT.finditer(rest)):
        return "an IBAN"
    return "an e-mail address" if _ADDRESS.search(text) else None


def _to_ascii_digits(text: str) -> str:
    """Return the text with full-width and Arabic digits as ASCII digits, and without invisible characters."""
    visible = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.digit(char, char)) for char in visible)


def _holds_bsn(run: str) -> bool:
    """Return whether adjacent groups of digits together form a BSN; every run of groups is tried."""
    groups = re.findall(r"[0-9]+", run)
    for first in range(len(groups)):
        number = ""
        for group in groups[first:]:
            number += group
            if len(number) in _BSN_LENGTHS and bsn.is_valid(number):
                return True
            if len(number) > max(_BSN_LENGTHS):
                break
    return False


def _holds_account(candidate: str) -> bool:
    """Return whether the candidate begins with an IBAN. Words may follow without a gap, so each length is tried.

    The check per country is left out: it refuses banks that are newer than its list.
    """
    compact = re.sub(r"[^0-9A-Za-z]", "", candidate).upper()
    lengths = range(_IBAN_LENGTH_MIN, len(compact) + 1)
    return any(iban.is_valid(compact[:length], check_country=False) for length in lengths)


def _walk_texts(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield path or "value", node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _walk_texts(str(name), f"keys of {path or 'the event'}")
            yield from _walk_texts(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _walk_texts(value, f"{path}[{index}]")
