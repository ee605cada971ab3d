"""Account numbers (IBAN, ISO 13616): compact form, and whether SEPA can pay them."""

from functools import lru_cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

IBANS_CACHED_MAX = 65_536
# Countries whose banks take part in SEPA since October 2025, and Serbia's since May 2026; schwifty's list lags behind.
_JOINED_SEPA_LATELY = frozenset({"AL", "MD", "ME", "MK", "RS"})
# schwifty has no algorithm for the check inside these accounts, and would warn each time; the IBAN's own is verified.
_WITHOUT_NATIONAL_CHECK = frozenset(
    {"AL", "AX", "BL", "GF", "GP", "HU", "MF", "MQ", "NC", "PF", "PM", "RE", "SE", "TF", "WF"}
)


@lru_cache(maxsize=IBANS_CACHED_MAX)
def is_payable(iban: str) -> bool:
    """Return whether form, length and check digits are right and the country takes part in SEPA."""
    try:
        account = IBAN(iban, validate_bban=iban[:2] not in _WITHOUT_NATIONAL_CHECK)
        return bool(account.in_sepa_zone) or account.country_code in _JOINED_SEPA_LATELY
    except (SchwiftyException, ValueError):
        return False


def compact_iban(iban: str) -> str:
    """Return the IBAN without spaces, in capitals."""
    return "".join(iban.split()).upper()
