"""The values in a household's file: days, months and codes as people write them, each refused in a sentence."""

import re
from datetime import date
from typing import Any

from services.ontzorgen.policies.rules.relief import GrantKind
from services.ontzorgen.statement.rules.situation import AllowanceKind, AttachmentKind, IncomeKind
from shared.calendar import month_of
from shared.events.codes import ChargeKind

YEAR_MIN, YEAR_MAX = 1900, 2100
ENERGY = ("gas", "electricity")
CHARGE_KINDS = (*ChargeKind, *ENERGY)
_ALSO_CALLED = {
    "huur": ChargeKind.RENT,
    "zorgverzekering": ChargeKind.HEALTH_INSURANCE,
    "zorgpremie": ChargeKind.HEALTH_INSURANCE,
    "health": ChargeKind.HEALTH_INSURANCE,
    "health_premium": ChargeKind.HEALTH_INSURANCE,
    "premium": ChargeKind.HEALTH_INSURANCE,
    "energie": ChargeKind.ENERGY,
    "stroom": "electricity",
    "elektriciteit": "electricity",
    "phone": ChargeKind.TELEPHONE,
    "telefoon": ChargeKind.TELEPHONE,
    "television": ChargeKind.TV,
    "liability": ChargeKind.LIABILITY_INSURANCE,
    "contents": ChargeKind.CONTENTS_INSURANCE,
    "child_care": ChargeKind.CHILDCARE,
    "kinderopvang": ChargeKind.CHILDCARE,
    "travel_costs": ChargeKind.TRAVEL,
}
_INCOME_ALSO_CALLED = {
    **dict.fromkeys(("earning", "salary", "wage", "wages", "work", "loon", "salaris"), IncomeKind.EARNINGS),
    **dict.fromkeys(("benefit", "partial_benefit", "uitkering"), IncomeKind.PART_BENEFIT),
}
_ATTACHMENT_ALSO_CALLED = {
    "beslag": AttachmentKind.ATTACHMENT,
    "setoff": AttachmentKind.SET_OFF,
    "verrekening": AttachmentKind.SET_OFF,
}


def parse_day(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such day: give a date of the calendar, such as 2026-07-01.") from None
        if YEAR_MIN <= day.year <= YEAR_MAX:
            return day
    raise ValueError(f"Give a date such as 2026-07-01, in a year from {YEAR_MIN} to {YEAR_MAX}.")


def parse_month(value: Any) -> str:
    """Return a month as it is written; ValueError with a sentence for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        return month_of(parse_day(f"{value}-01"))
    raise ValueError(f"Give a month such as 2026-07, in a year from {YEAR_MIN} to {YEAR_MAX}.")


def parse_day_or_month(value: Any) -> str:
    """Return a month, also from a date."""
    try:
        return month_of(parse_day(value)) if isinstance(value, str) and value.count("-") > 1 else parse_month(value)
    except ValueError:
        raise ValueError("Give a month such as 2026-07, or a date such as 2026-07-01.") from None


def normalise_code(value: Any) -> Any:
    """Return a code in its own form: any case, blanks and hyphens are accepted."""
    return re.sub(r"[\s-]+", "_", value.strip().casefold()) if isinstance(value, str) else value


def parse_charge_kind(value: Any) -> Any:
    code = normalise_code(value)
    code = _ALSO_CALLED.get(code, code) if isinstance(code, str) else code
    if isinstance(code, str) and code not in CHARGE_KINDS:
        raise ValueError(f"Give one of {', '.join(CHARGE_KINDS)}.")
    return code


def parse_allowance_kind(value: Any) -> Any:
    code = normalise_code(value)
    if not isinstance(code, str) or not code:
        raise ValueError("Give a text.")
    return next((kind for kind in AllowanceKind if kind in (code, f"{code}_allowance")), AllowanceKind.OTHER)


def parse_grant_kind(value: Any) -> Any:
    code = normalise_code(value)
    if not isinstance(code, str) or not code:
        raise ValueError("Give a text.")
    full = (code, *(f"{code}_{what}" for what in ("allowance", "credit", "assistance")))
    return next((kind for kind in GrantKind if kind in full), GrantKind.OTHER)


def parse_income_kind(value: Any) -> Any:
    code = normalise_code(value)
    if not isinstance(code, str) or not code:
        raise ValueError("Give a text.")
    return next((kind for kind in IncomeKind if kind == code), _INCOME_ALSO_CALLED.get(code, IncomeKind.OTHER))


def parse_attachment_kind(value: Any) -> Any:
    code = normalise_code(value)
    return _ATTACHMENT_ALSO_CALLED.get(code, code) if isinstance(code, str) else code


def parse_municipality(value: Any) -> Any:
    """Return a code in lower case, or a name unchanged; ValueError for a malformed code."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if re.fullmatch(r"[0-9]{4}", text):
        return f"gm{text}"
    looks_like_a_code = re.fullmatch(r"gm[\s_-]*[0-9].*|gm|[0-9]+", text, re.IGNORECASE)
    if not text or (looks_like_a_code and not re.fullmatch(r"gm[0-9]{4}", text, re.IGNORECASE)):
        raise ValueError("Give a CBS code, gm and four digits such as gm0637, or the municipality's name.")
    return text.casefold() if looks_like_a_code else text


def parse_support(value: Any) -> Any:
    if value is True or value is False or value == "pending":
        return value
    raise ValueError('Give true, false or "pending".')


def check_printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("Give a name in one line, without control characters.")
    return value.strip()
