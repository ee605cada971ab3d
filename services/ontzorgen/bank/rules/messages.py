"""What all messages of the bank have in common: how a file is refused, and texts that stand for a missing id."""

import re
from typing import Final

from shared.errors.refusals import ConflictError, Fault, WrongInputError

_PLACEHOLDERS: Final = frozenset(
    {"NOTPROVIDED", "NONREF", "NOREF", "NOREFERENCE", "NOTAVAILABLE", "NOTAPPLICABLE", "NOTKNOWN", "UNKNOWN"}
    | {"NOTREF", "NOTUSED", "NOTSPECIFIED", "UNSPECIFIED", "NONE", "NA", "NIL", "NULL", "ONBEKEND", "GEEN"}
    | {"GEENREFERENTIE", "NIETBEKEND", "NVT"}
)
_PLACEHOLDER_CHARACTERS_MAX: Final = 16  # with what may stand between the words of the longest
_IDENTIFYING: Final = re.compile(r"[1-9A-WYZa-wyz]")
_SEPARATORS: Final = re.compile(r"[\W_]+")
Counts = dict[str, int]


class BankFileError(WrongInputError):
    """A file of the bank cannot be used; nothing of it was stored."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(Fault("body", code, sentence))


class ForeignFileError(ConflictError):
    """A file is well-formed, but it is another municipality's, or about payments that were not sent from here."""


def is_placeholder(text: str) -> bool:
    """Return whether a text stands where an id should be and identifies nothing: NOTPROVIDED, NONREF, zeros, dashes."""
    if len(text) > _PLACEHOLDER_CHARACTERS_MAX and _IDENTIFYING.search(text):
        return False  # nearly all ids, looked at for every payment of a statement
    letters = _SEPARATORS.sub("", text).upper()
    return letters in _PLACEHOLDERS or not letters.strip("0") or not letters.strip("X")
