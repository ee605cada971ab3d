"""How a number is hidden: other digits, quoting for the web, hexadecimal, and ids filled around it.

Each is a spelling that somebody's software could produce by itself. Encryption, or letters between the digits, are not:
no search finds those.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from shared.events.identifiers import is_bsn

UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_VERSION_AND_VARIANT = re.compile(r"^(.{8}-.{4}-).(.{3}-).(.{3}-.{12})$")
_VERSION_AND_FLAGS = re.compile(r"^[0-9a-f]{2}-(.{32}-.{16})-[0-9a-f]{2}$")
_DECODING_ROUNDS_MAX = 8
_IN_ANOTHER_BASE = re.compile(r"(0[xX]0*[0-9a-fA-F]{6,8}|0[oO]0*[0-7]{8,10}|0[bB]0*[01]{24,30})(?![0-9a-fA-F])")
_FULL_STOPS = str.maketrans({"\u3002": ".", "\uff61": "."})  # domains may be written with them (IDNA)
_DIGITS_AS_BYTES = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?3[0-9][^0-9A-Za-z\\]*+){8,9}(?![0-9A-Za-z])")
_BYTE = re.compile(r"3([0-9])")
_EIGHT_OR_NINE_DIGITS = re.compile(r"(?=([0-9]{8,9}))")
_NUMBER_AS_ISSUED = re.compile(r"0?[1-9][0-9]{7}|[1-9][0-9]{8}")
_FILLING_CHARACTERS_MAX = 2


def spell_digits_in_ascii(text: str) -> str:
    """Return the text with full-width and Arabic digits as ASCII digits, and without invisible characters."""
    normalised = unicodedata.normalize("NFKC", text.translate(_FULL_STOPS))
    visible = (char for char in normalised if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.digit(char, char)) for char in visible)


def decode_text(text: str) -> Iterator[str]:
    """Yield the text, then what it says after percent-encoding and HTML references are read, some rounds deep."""
    yield text
    for _ in range(_DECODING_ROUNDS_MAX):
        encoded, text = text, html.unescape(unquote(text))
        if text == encoded:
            return
        yield spell_digits_in_ascii(text)


def decode_digits(text: str) -> Iterator[str]:
    """Yield the numbers that a text spells in another base (0x..., 0o..., 0b...), or as the bytes of its digits."""
    for match in _IN_ANOTHER_BASE.finditer(text):
        yield str(int(match[1], 0))
    for match in _DIGITS_AS_BYTES.finditer(text):
        yield "".join(_BYTE.findall(match[0]))


def find_filled_number(identifier: str) -> str | None:
    """Return the BSN that an id, hash or trace id is filled around with one or two characters; None as a rule.

    A random id of which all but nine digits are two characters comes once in many billions.
    """
    random_part = _VERSION_AND_FLAGS.sub(r"\1", _VERSION_AND_VARIANT.sub(r"\1\2\3", identifier))
    digits = random_part.replace("-", "").lower()
    for match in _EIGHT_OR_NINE_DIGITS.finditer(digits):
        for number in {match[1], match[1][:8]}:
            rest = digits[: match.start()] + digits[match.start() + len(number) :]
            if _NUMBER_AS_ISSUED.match(number) and is_bsn(number) and len(set(rest)) <= _FILLING_CHARACTERS_MAX:
                return number
    return None
