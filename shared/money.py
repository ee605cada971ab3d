"""Money is whole cents. One rule of rounding: half up, once for each computed amount. Euro texts through babel."""

from babel.numbers import format_currency

_LOCALES = {"nl": "nl_NL", "en": "en_GB", "ar": "ar", "ti": "ti"}
_CENTS_IN_EURO = 100


def share_cents(amount_cents: int, part: int, whole: int) -> int:
    """So many parts of a whole of an amount, rounded half up to a cent; half a month is (norm_cents, 15, 30).

    ValueError for negative amounts or parts and for a whole below one: nothing here pays a negative amount.
    """
    if amount_cents < 0 or part < 0 or whole < 1:
        raise ValueError("A share needs an amount and a part of zero or more and a whole of one or more.")
    return (2 * amount_cents * part + whole) // (2 * whole)


def percent_cents(amount_cents: int, percent: int) -> int:
    """So many hundredths of an amount, rounded half up to a cent."""
    return share_cents(amount_cents, percent, 100)


def euro_text(amount_cents: int, language: str) -> str:
    """An amount as people who read this language write it, with Western digits as on Dutch bank statements."""
    euros, cents = divmod(abs(amount_cents), _CENTS_IN_EURO)
    sign = "-" if amount_cents < 0 else ""
    locale = _LOCALES.get(language, _LOCALES["en"])
    return format_currency(f"{sign}{euros}.{cents:02}", "EUR", locale=locale, numbering_system="latn")
