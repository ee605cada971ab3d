"""The progress on screen while the season plays: a live picture in a terminal, plain lines anywhere else."""

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from demo.figures import Figures
from demo.story import Season
from shared.events import (
    CandidateRecruited,
    EventData,
    IntakeCompleted,
    NotificationSent,
    PIPSigned,
    ReliefStarted,
)

# Measured on two cores, with what else a machine does beside it: the whole chain's start and end, and each request
# with all that follows from it, the days of the season included.
START_AND_END_SECONDS = 12.0
REQUESTS_PER_SECOND = 40.0
# Measured: databases, logs, messages and what PostgreSQL writes ahead; nearly all of it is there before the first day.
DISK_MIB = 250
LINE_EVERY_WEEKS = 4
BAR_COLUMNS = 76
SHOWN_EVENTS: Mapping[str, type[EventData]] = {
    "candidates": CandidateRecruited,
    "intakes": IntakeCompleted,
    "plans": PIPSigned,
    "households": ReliefStarted,
    "messages": NotificationSent,
}


@dataclass(frozen=True)
class SeasonProgress:
    """How far the season is. `event_counts` has the events in the services' logs by type."""

    week: int
    weeks: int
    first_day: date
    event_counts: Mapping[str, int]
    events_per_second: float

    def count(self, kind: type[EventData]) -> int:
        return self.event_counts.get(kind.event_type.type, 0)

    @property
    def events(self) -> int:
        return sum(self.event_counts.values())


class ProgressDisplay:
    """Shows each step. `print_sentence` is for the steps before and after the season."""

    def __init__(self, console: Console, figures: Figures) -> None:
        self._console = console
        self._live: Live | None = None
        self._figures = figures
        self._next_line = 1

    def print_sentence(self, sentence: str) -> None:
        self._console.print(Text(sentence, style="dim"))

    def open(self) -> AbstractContextManager[Any]:
        """Open the live picture, in which `show` draws in place if the terminal can."""
        if not self._console.is_terminal:
            return nullcontext()
        self._live = Live(console=self._console, refresh_per_second=8)
        return self._live

    def show(self, progress: SeasonProgress) -> None:
        if self._live is not None:
            self._live.update(self._render(progress))
        elif progress.week >= self._next_line or progress.week == progress.weeks:
            self._next_line = progress.week + LINE_EVERY_WEEKS
            self._console.print(_line(progress), highlight=False, soft_wrap=True)

    def _render(self, progress: SeasonProgress) -> Group:
        figures = Table.grid(padding=(0, 2))
        cells = [*((name, progress.count(kind)) for name, kind in SHOWN_EVENTS.items()), ("events", progress.events)]
        for _ in range(len(cells) + 1):
            figures.add_column(justify="right")
        figures.add_row(*(Text(name, style="dim") for name, _ in cells), Text("events/s", style="dim"))
        figures.add_row(*(f"[bold]{count:,}" for _, count in cells), f"[bold]{progress.events_per_second:,.0f}")
        position = Text(f"{_week(progress)}   {_activity(progress, self._figures)}")
        bar = Table.grid()
        bar.add_row(ProgressBar(total=progress.weeks, completed=progress.week, width=BAR_COLUMNS))
        return Group(position, bar, figures)


def describe_season(season: Season, state_dir: Path | None) -> str:
    """Return how much there is to play, about how long it takes and how much disk it needs."""
    days, towns = sum(len(week.days) for week in season.weeks), len(season.municipalities)
    seconds = START_AND_END_SECONDS + len(season.commands) / REQUESTS_PER_SECOND
    data_note = "removed at the end" if state_dir is None else f"kept in {state_dir}"
    return (
        f"A season of {days} days and {len(season.commands):,} requests in {towns} municipalities: "
        f"{format_minutes(seconds)} on two cores, up to {DISK_MIB} MiB of disk, {data_note}."
    )


def format_minutes(seconds: float) -> str:
    """Return a duration rounded up to half a minute, in words."""
    halves = max(1, math.ceil(seconds / 30))
    full_minutes, has_half = divmod(halves, 2)
    if full_minutes == 0:
        return "about half a minute"
    number = f"{full_minutes}½" if has_half else str(full_minutes)
    return f"about {number} minute{'' if number == '1' else 's'}"


def _line(progress: SeasonProgress) -> str:
    counts = ", ".join(f"{progress.count(kind)} {name}" for name, kind in SHOWN_EVENTS.items())
    return f"{_week(progress)}: {counts}, {progress.events} events ({progress.events_per_second:.0f}/s)"


def _week(progress: SeasonProgress) -> str:
    return f"Week {progress.week:>2} of {progress.weeks}, from {progress.first_day:%d %b %Y}"


def _activity(progress: SeasonProgress, figures: Figures) -> str:
    candidates, aim = progress.count(CandidateRecruited), figures.zoetermeer.candidates
    return "recruiting" if candidates < aim else "recruiting is done; plans and relief continue"


ShowProgress = Callable[[SeasonProgress], None]
