"""What all messages of the bank have in common: how a file is refused, and texts that stand for a missing id."""

from functools import lru_cache
from typing import Final

from shared.errors.refusals import ConflictError, Fault, WrongInputError

TEXTS_CACHED_MAX: Final = 16_384
_PLACEHOLDERS: Final = frozenset(
    {"NOTPROVIDED", "NONREF", "NOREF", "NOREFERENCE", "NOTAVAILABLE", "NOTAPPLICABLE", "NOTKNOWN", "UNKNOWN"}
    | {"NONE", "NA", "NIL", "NULL", "ONBEKEND", "GEEN"}
)
Counts = dict[str, int]


class BankFileError(WrongInputError):
    """A file of the bank cannot be used; nothing of it was stored."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(Fault("body", code, sentence))


class ForeignFileError(ConflictError):
    """A file is well-formed, but it is another municipality's, or about payments that were not sent from here."""


@lru_cache(maxsize=TEXTS_CACHED_MAX)
def is_placeholder(text: str) -> bool:
    """Return whether a text stands where an id should be and identifies nothing: NOTPROVIDED, NONREF, zeros, dashes."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    return letters in _PLACEHOLDERS or not letters.strip("0") or not letters.strip("X")
