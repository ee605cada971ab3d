"""Account numbers (IBAN, ISO 13616): compact form, and whether SEPA can pay them."""

from functools import lru_cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

IBANS_CACHED_MAX = 65_536


@lru_cache(maxsize=IBANS_CACHED_MAX)
def is_payable(iban: str) -> bool:
    """Return whether form, length and check digits are right and the country takes part in SEPA."""
    try:
        return bool(IBAN(iban, validate_bban=True).in_sepa_zone)
    except (SchwiftyException, ValueError):
        return False


def compact_iban(iban: str) -> str:
    """Return the IBAN without spaces, in capitals."""
    return "".join(iban.split()).upper()
