"""What a person types, as the service takes it: days, amounts in euros, ids."""

import re

from meedoen.cli.relief.errors import wrong

TODAY = "today"


def day(given: str) -> str:
    """A day as YYYY-MM-DD, checked; "today" is the day it is in the Netherlands."""
    from datetime import UTC, date, datetime

    from shared.calendar import amsterdam_date

    if given == TODAY:
        return amsterdam_date(datetime.now(UTC)).isoformat()
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise wrong(f"'{given}' is no day: write it as 2026-07-01, or as today.") from None


def cents(given: str) -> int:
    """An amount in euros as it is written, "612.50" or "612,50" or "612", in cents. Never rounded."""
    found = re.fullmatch(r"(\d{1,9})(?:[.,](\d{2}))?", given.removeprefix("€").strip())
    if not found:
        raise wrong(f"'{given}' is no amount in euros: write it as 612.50, without a sign for thousands.")
    return int(found[1]) * 100 + int(found[2] or 0)


def made_id(given: str | None) -> str:
    """The id that was given, else a new one."""
    from shared.identity import new_id

    return given or str(new_id())
