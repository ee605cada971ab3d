"""Money is whole cents. One rule of rounding: half up, once for each computed amount. Euro texts through babel."""

from babel.numbers import format_currency

_LOCALES = {"nl": "nl_NL", "en": "en_GB", "ar": "ar", "ti": "ti"}
_CENTS_IN_EURO = 100


def round_half_up(numerator: int, denominator: int) -> int:
    """Return a fraction of a cent as whole cents, half up; half of a month's norm is (norm_cents * 15, 30)."""
    return (2 * numerator + denominator) // (2 * denominator)


def euro_text(amount_cents: int, language: str) -> str:
    """Return an amount as written in this language, with Western digits as on Dutch bank statements."""
    euros, cents = divmod(abs(amount_cents), _CENTS_IN_EURO)
    sign = "-" if amount_cents < 0 else ""
    locale = _LOCALES.get(language, _LOCALES["en"])
    return format_currency(f"{sign}{euros}.{cents:02}", "EUR", locale=locale, numbering_system="latn")
