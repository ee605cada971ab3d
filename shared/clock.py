"""Today, by the clock of this machine; a run that is played forward says in a file which day it has come to."""

from datetime import UTC, date, datetime
from pathlib import Path

from shared.calendar import amsterdam_date


def read_today(clock_file: Path | None) -> date:
    """Return today in the Netherlands by the clock of this machine, or the day in the file if that is later."""
    today = amsterdam_date(datetime.now(UTC))
    if clock_file is None:
        return today
    try:
        return max(today, date.fromisoformat(clock_file.read_text(encoding="ascii").strip()))
    except (OSError, ValueError):
        return today
