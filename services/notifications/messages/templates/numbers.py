"""Numbers in running text: each is set apart, reads from the left and is never broken, in every language and medium.

A number is an amount, a date, a telephone number, a postcode, an account or a word with a digit in it (56a, B1-route).
Without this a date turns around within Arabic, and `14 079` becomes `079 14`. In text the marks of Unicode do it, on a
page `bdi`. A line is a tuple of pieces, of which every second one is a number.
"""

import re
from typing import TypeAlias

from markupsafe import Markup, escape

Line: TypeAlias = tuple[str, ...]

FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_ISOLATE = "\u2068", "\u2066", "\u2069"
WORD_JOINER, NO_BREAK_SPACE = "\u2060", "\u00a0"
_SPACE = "[ \u00a0\u202f]"
_IBAN = rf"[A-Z]{{2}}[0-9]{{2}}(?:{_SPACE}[A-Z0-9]{{4}})+(?:{_SPACE}[A-Z0-9]{{1,3}})?"
_POSTCODE = rf"[0-9]{{4}}{_SPACE}[A-Z]{{2}}"
_TELEPHONE = rf"(?:14{_SPACE}0[0-9]+|(?:\+|0)[0-9]*(?:(?:{_SPACE}|-)[0-9]+)+)"
_SIGN = "[-\u2212+]?"
_AMOUNT = rf"(?:{_SIGN}€{_SPACE}?)?{_SIGN}[0-9]+(?:[-.,:/\u00a0\u202f][0-9]+)*(?:{_SPACE}?[€%])?"
_WITHIN_A_WORD = "[-A-Za-z0-9._~:/?#@!$&'*+,;=%]"  # as in addresses of pages and mailboxes
_WORD_WITH_DIGIT = rf"(?={_WITHIN_A_WORD}*[0-9])[A-Za-z0-9](?:{_WITHIN_A_WORD}*[A-Za-z0-9])?"
_WHOLE = "(?![A-Za-z0-9@_])"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9])((?:{_IBAN}|{_POSTCODE}|{_TELEPHONE}|{_AMOUNT}){_WHOLE}|{_WORD_WITH_DIGIT})", re.ASCII
)
_DIGIT = re.compile("[0-9]")
_LATIN_WORD = "[A-Za-z0-9\u00c0-\u024f][-A-Za-z0-9\u00c0-\u024f.,'@/_]*"
_LATIN_PHRASE = re.compile(rf"{_LATIN_WORD}(?: {_LATIN_WORD})+")
_SPECIAL = re.compile("[&<>\"']")
_NUMBER_START, _NUMBER_END = '<bdi dir="ltr" style="white-space: nowrap">', "</bdi>"
_BREAKS_AFTER = re.compile("(?<=[-/])")


def split_numbers(text: str) -> Line:
    """Return a line's pieces; whatever is in an even place holds no digit."""
    return tuple(_NUMBER.split(text)) if _DIGIT.search(text) else (text,)


def isolate_phrases(text: str) -> str:
    """Return text of a language from the right in which Latin phrases with a number in them are isolated whole.

    `Wet inburgering 2021` reads from the left as one: the year set apart by itself would stand before the Act.
    """
    return _LATIN_PHRASE.sub(_isolate_phrase, text) if _DIGIT.search(text) else text


def _isolate_phrase(match: re.Match[str]) -> str:
    phrase = match[0]
    is_mixed = _DIGIT.search(phrase) and any(character.isalpha() for character in phrase)
    return f"{LEFT_TO_RIGHT_ISOLATE}{phrase}{POP_ISOLATE}" if is_mixed else phrase


def write_plain(line: Line) -> str:
    """Return a line as plain text, with each number between marks and without a place to break."""
    return "".join(_mark_number(piece) if place % 2 else piece for place, piece in enumerate(line))


def _mark_number(number: str) -> str:
    whole = _BREAKS_AFTER.sub(WORD_JOINER, number.replace(" ", NO_BREAK_SPACE))
    return f"{LEFT_TO_RIGHT_ISOLATE}{whole}{POP_ISOLATE}"


def write_html(line: Line) -> Markup:
    """Return a line for a page, with each number in an element of its own; everything in it is escaped."""
    if len(line) == 1:
        return Markup(_escape(line[0]))  # noqa: S704 - escaped
    pieces = (
        f"{_NUMBER_START}{_escape(piece.replace(' ', NO_BREAK_SPACE))}{_NUMBER_END}" if place % 2 else _escape(piece)
        for place, piece in enumerate(line)
    )
    return Markup("".join(pieces))  # noqa: S704 - escaped


def _escape(text: str) -> str:
    return str(escape(text)) if _SPECIAL.search(text) else text
