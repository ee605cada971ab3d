"""The personal data guard of every event: no BSN, IBAN or e-mail address in any attribute, key, text or number.

A text is refused if it holds eight or nine digits that pass the eleven-test, however they are separated, an IBAN with
right check digits, or an e-mail address. Ids (UUID), trace ids, hashes, dates, amounts of money and CBS codes are
removed first, as one in eleven random numbers of nine digits passes the test, unless they are `filled` around such a
number. JSON numbers are searched except in fields of cents. A quick search of the bytes comes first: only a document
that could hold something is parsed. Every search is linear in the length of what it reads.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from shared.events.disguises import UUID, decode_digits, decode_text, find_filled_number, spell_digits_in_ascii
from shared.events.identifiers import holds_account, holds_bsn, holds_mail_address, is_bsn

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
    rf"(?<![0-9A-Za-z])(?:(?P<hex>{UUID}|{_TRACEPARENT}|{_HASH})|{_SOURCE}|{_CBS_NEIGHBOURHOOD})(?![0-9A-Za-z])"
    rf"|(?P<alone>(?<![0-9]){_MOMENT}(?:{_GAP}+{_MOMENT})*(?![0-9])|{_MONEY}(?![0-9]))"
)

# The quick search: harmless values are removed, then one search for eight digits or the rest of an IBAN. In a JSON text
# without a backslash no value holds a quote, so a quote always ends it. An id of three different letters is not filled.
_THREE_LETTERS = r"(?=[0-9-]*+([a-f])(?:[0-9-]|\1)*+([a-f])(?:[0-9-]|\1|\2)*+[a-f])"
_HARMLESS_VALUE = re.compile(rf'"(?:{_THREE_LETTERS}(?:{UUID}|{_TRACEPARENT}|{_HASH})|{_MOMENT}|{_SOURCE})"'.encode())
_GAPS_IN_VALUE = r'[^0-9A-Za-z"]*+'
_EIGHT_DIGITS = rf"(?:[0-9]{_GAPS_IN_VALUE}){{6}}[0-9]"
_REST_OF_IBAN = rf"[0-9](?:{_GAPS_IN_VALUE}[0-9A-Za-z]){{11}}"
_NEXT_ITEM = '"?, ?"?[0-9]'
_QUICK_SEARCH = re.compile(rf"[0-9](?:{_GAPS_IN_VALUE}(?:{_EIGHT_DIGITS}|{_REST_OF_IBAN})|{_NEXT_ITEM})".encode())
_NEED_DECODING = (b"\\", b"@", b"%", b"&", b"0x", b"(at", b"( at", b"[at", b"[ at", b"{at", b"{ at", b"apenstaartje")
_TEXT_LENGTH_MIN = 5  # the shortest e-mail address has five characters
_PRINTABLE = range(0x20, 0x7F)
_CENTS = re.compile(r"_cents(?:\[[0-9]+\])*$")


class PersonalDataFoundError(ValueError):
    """A field holds what no event may carry. `kind` names it; the message names the field, never the value."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(
            f"The event field '{field}' holds {kind}: events carry ids and codes only, so give the id instead."
        )
        self.kind = kind


def refuse_personal_data(document: Any) -> None:
    """Raise PersonalDataFoundError if anything in the JSON document holds a BSN, IBAN or e-mail address."""
    for path, text in _walk_texts(document, ""):
        if kind := find_personal_data(text):
            raise PersonalDataFoundError(path, kind)


def refuse_personal_data_in_json(payload: bytes) -> None:
    """Do the same for a JSON document in bytes; it is parsed only if a quick search of the bytes leaves doubt."""
    if _may_need_decoding(payload) or _QUICK_SEARCH.search(_HARMLESS_VALUE.sub(b'""', payload)):
        refuse_personal_data(msgspec.json.decode(payload))


def _may_need_decoding(payload: bytes) -> bool:
    lowered = payload.lower()
    for sign in _NEED_DECODING:  # a loop: any() with a generator takes four times as long
        if sign in lowered:
            return True
    return not payload.isascii()


def find_personal_data(text: str) -> str | None:
    """Return the kind of personal data that a text holds; None if it holds none."""
    if len(text) < _TEXT_LENGTH_MIN:
        return None
    if not text.isascii():
        text = spell_digits_in_ascii(text)
    for decoded in decode_text(text):
        if kind := _search_decoded(decoded):
            return kind
    return None


def _search_decoded(text: str) -> str | None:
    rest = _HARMLESS.sub(_keep_if_it_hides_a_number, text)
    if holds_bsn(rest) or any(is_bsn(number) for number in decode_digits(rest)):
        return "a number that passes the BSN eleven-test"
    if holds_account(rest):
        return "an IBAN"
    return "an e-mail address" if holds_mail_address(text) else None


def _keep_if_it_hides_a_number(match: re.Match[str]) -> str:
    """Return what stands for a harmless value: a letter, or the number inside an id that is filled around it.

    A day or an amount beside other digits may be a part of one number, and stays.
    """
    if match["alone"]:
        text, before = match.string, match.start() - 1
        return match[0] if _meets_digit(text, before, -1) or _meets_digit(text, match.end(), 1) else " x "
    number = find_filled_number(match["hex"]) if match["hex"] else None
    return f" x {number} x " if number else " x "


def _meets_digit(text: str, at: int, step: int) -> bool:
    """Return whether a digit is the first that is no gap, from a place in one direction."""
    while 0 <= at < len(text):
        if text[at].isascii() and text[at].isalnum():
            return text[at].isdigit()
        at += step
    return False


def _walk_texts(node: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield each key, text and number with its path; digits that a list spreads over its items come as one text."""
    if isinstance(node, str):
        yield path or "value", node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _walk_texts(str(name), f"keys of {path or 'the event'}")
            yield from _walk_texts(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _walk_texts(value, f"{path}[{index}]")
        if not _CENTS.search(path):
            yield path or "value", _join_digits(node)
            yield path or "value", _read_bytes(node)
    elif isinstance(node, (int, float)) and not isinstance(node, bool) and not _CENTS.search(path):
        yield path or "value", f"{node:.0f}"
        if isinstance(node, float):
            yield path or "value", repr(node)  # a number divided by ten has its digits on both sides of the point


def _join_digits(items: Sequence[Any]) -> str:
    """Return the digits of a list that holds nothing else, as texts or numbers: ["1234", "56"], [1, 2, 3]."""
    pieces = [str(item) for item in items if _is_piece(item)]
    return "".join(pieces) if len(pieces) == len(items) else ""


def _is_piece(item: Any) -> bool:
    return (isinstance(item, str) and item.isdecimal()) or (type(item) is int and item >= 0)


def _read_bytes(items: Sequence[Any]) -> str:
    """Return the text of which a list holds the bytes, as software writes them that knows no other way: [106, 97]."""
    is_text = all(type(item) is int and item in _PRINTABLE for item in items)
    return bytes(items).decode("ascii") if is_text else ""
