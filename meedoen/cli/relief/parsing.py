"""What a person types, as the service takes it: days, amounts in euros, ids."""

import re

from meedoen.cli.relief.errors import usage_error

TODAY = "today"


def parse_day(text: str) -> str:
    """A day as YYYY-MM-DD, checked; "today" is the day it is in the Netherlands."""
    from datetime import UTC, date, datetime

    from shared.calendar import amsterdam_date

    if text == TODAY:
        return amsterdam_date(datetime.now(UTC)).isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise usage_error(f"'{text}' is no day: write it as 2026-07-01, or as today.") from None


def parse_cents(text: str) -> int:
    """An amount in euros as it is written, "612.50" or "612,50" or "612", in cents. Never rounded."""
    match = re.fullmatch(r"(\d{1,9})(?:[.,](\d{2}))?", text.removeprefix("€").strip())
    if not match:
        raise usage_error(f"'{text}' is no amount in euros: write it as 612.50, without a sign for thousands.")
    return int(match[1]) * 100 + int(match[2] or 0)


def ensure_id(own_id: str | None) -> str:
    """The id that was given, else a new one."""
    from shared.identity import new_id

    return own_id or str(new_id())
