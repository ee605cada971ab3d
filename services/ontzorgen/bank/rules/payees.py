"""Who is paid, and on which account."""

from dataclasses import dataclass
from typing import NamedTuple


class CreditorAccount(NamedTuple):
    """Where a charge is paid today; `iban` is None while no account may be used."""

    name: str
    iban: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid and on which account. `holder` is the key under which a later account of the same payee is stored."""

    holder: str
    name: str
    iban: str
    remittance: str
