"""What may stand in a SEPA file: Latin characters, accounts whose check digits are right, creditor references."""

import re

from schwifty import IBAN
from stdnum import iso11649
from text_unidecode import unidecode

from services.ontzorgen.bank.rules.instructions import NAME_CHARACTERS_MAX, REMITTANCE_CHARACTERS_MAX

_FOREIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
_SPACES = re.compile(r" {2,}")
_SLASHES = re.compile(r"//+")


def sepa_text(text: str, characters_max: int) -> str:
    """The text in the characters that every SEPA bank takes; a slash neither opens, ends nor doubles (EPC 230-15)."""
    latin = _FOREIGN.sub(" ", unidecode(text))
    return _SPACES.sub(" ", _SLASHES.sub("/", latin)).strip(" /")[:characters_max].strip(" /")


def sepa_name(name: str) -> str:
    return sepa_text(name, NAME_CHARACTERS_MAX)


def is_creditor_reference(reference: str) -> bool:
    """Whether it is an RF reference (ISO 11649) with the right check digits, which travels in a field of its own."""
    return reference.upper().startswith("RF") and bool(iso11649.is_valid(reference))


def remittance(reference: str, wording: str) -> str:
    """What the payee reads: an RF reference alone, else the reference and what it is for."""
    if is_creditor_reference(reference):
        return str(iso11649.compact(reference))
    return sepa_text(f"{reference} {wording}", REMITTANCE_CHARACTERS_MAX)


def bic_of(iban: str) -> str | None:
    """The bank's code, where it follows from the account."""
    found = IBAN(iban).bic
    return None if found is None else str(found)
