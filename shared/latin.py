"""Names in Latin letters: whether a bank can be given a name as it is written, accents left out.

Letters of another script are not replaced by look-alikes: without its vowels a name in Arabic or Ge'ez is another name.
"""

import re
import unicodedata
from functools import lru_cache

from text_unidecode import unidecode

LETTERS_CACHED_MAX = 4_096
_ASCII_LETTER = re.compile(r"[A-Za-z]")


def is_in_latin_letters(text: str) -> bool:
    """Return whether there is a letter or digit in it, and every letter is Latin, with or without an accent."""
    return any(character.isalnum() for character in text) and all(map(_is_writable, text))


@lru_cache(maxsize=LETTERS_CACHED_MAX)
def _is_writable(character: str) -> bool:
    """Return whether it is no letter, or one that is left over once its accents are gone."""
    kind = unicodedata.category(character)
    if kind[0] not in "LMN" or character.isascii():
        return True
    if kind[0] == "M":
        return unicodedata.name(character, "").startswith("COMBINING")
    if kind[0] == "N":
        return bool(unidecode(character).strip().isalnum())
    return "LATIN" in unicodedata.name(character, "") and bool(_ASCII_LETTER.search(unidecode(character)))
