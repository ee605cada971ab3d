"""What may stand in a SEPA file: Latin characters, accounts whose check digits are right, creditor references."""

import re
from itertools import cycle

from schwifty import IBAN
from stdnum import iso11649
from text_unidecode import unidecode

NAME_CHARACTERS_MAX = 70
REMITTANCE_CHARACTERS_MAX = 140
_FOREIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
_SPACES = re.compile(r" {2,}")
_SLASHES = re.compile(r"//+")
_PAYMENT_REFERENCE = re.compile(r"[0-9]{16}")
_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)


def to_sepa_text(text: str, characters_max: int) -> str:
    """Return the text in the characters of SEPA (EPC 230-15): a slash neither opens, ends nor doubles."""
    latin = _FOREIGN.sub(" ", unidecode(text))
    return _SPACES.sub(" ", _SLASHES.sub("/", latin)).strip(" /")[:characters_max].strip(" /")


def to_sepa_name(name: str) -> str:
    return to_sepa_text(name, NAME_CHARACTERS_MAX)


def is_payment_reference(reference: str) -> bool:
    """Return whether it is a Dutch payment reference (betalingskenmerk) of 16 digits, the first of which is its check.

    The others are weighed from right to left, modulo 11; a check of 10 is written as 1 and one of 11 as 0.
    """
    digits = "".join(reference.split())
    if not _PAYMENT_REFERENCE.fullmatch(digits):
        return False
    weighed = sum(int(digit) * weight for digit, weight in zip(reversed(digits[1:]), cycle(_WEIGHTS), strict=False))
    return int(digits[0]) == {10: 1, 11: 0}.get(check := 11 - weighed % 11, check)


def is_structured(reference: str) -> bool:
    """Return whether the payee's bank reads it by machine, in a field of its own."""
    return is_creditor_reference(reference) or is_payment_reference(reference)


def is_creditor_reference(reference: str) -> bool:
    """Return whether it is an RF reference (ISO 11649) with the right check digits, which has a field of its own."""
    return reference.upper().startswith("RF") and bool(iso11649.is_valid(reference))


def build_remittance(reference: str, wording: str) -> str:
    """Return what the payee reads: a structured reference alone, else the reference and what it is for."""
    if is_creditor_reference(reference):
        return str(iso11649.compact(reference))
    if is_payment_reference(reference):
        return "".join(reference.split())
    return to_sepa_text(f"{reference} {wording}", REMITTANCE_CHARACTERS_MAX)


def find_bic(iban: str) -> str | None:
    """Return the bank's code; None if it does not follow from the account."""
    bic = IBAN(iban).bic
    return None if bic is None else str(bic)
