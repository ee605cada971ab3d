"""Parse what a person types into what the service takes: days, amounts in euros, ids."""

import re

from meedoen.cli.relief.errors import usage_error

TODAY = "today"


def parse_day(text: str) -> str:
    """Return a day as YYYY-MM-DD, checked; "today" is the current day in the Netherlands."""
    from datetime import UTC, date, datetime

    from shared.calendar import amsterdam_date

    if text == TODAY:
        return amsterdam_date(datetime.now(UTC)).isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise usage_error(f"'{text}' is not a day: write it as 2026-07-01, or today.") from None


def parse_cents(text: str) -> int:
    """Return an amount in euros, written as "612.50", "612,50" or "612", in cents. Never rounded."""
    match = re.fullmatch(r"(\d{1,9})(?:[.,](\d{2}))?", text.removeprefix("€").strip())
    if not match:
        raise usage_error(f"'{text}' is not an amount in euros: write it as 612.50, without a thousands separator.")
    return int(match[1]) * 100 + int(match[2] or 0)


def ensure_id(own_id: str | None) -> str:
    """Return the id in the option, else a new one."""
    from shared.identity import new_id

    return own_id or str(new_id())
