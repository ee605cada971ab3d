"""What a person sees while the season plays: a live picture in a terminal, plain lines anywhere else."""

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
COUNTED: Mapping[str, type[EventData]] = {
    "candidates": CandidateRecruited,
    "intakes": IntakeCompleted,
    "plans": PIPSigned,
    "households": ReliefStarted,
    "messages": NotificationSent,
}


@dataclass(frozen=True)
class Moment:
    """Where the season is. `told` counts the events in the services' logs by type."""

    week: int
    weeks: int
    first_day: date
    told: Mapping[str, int]
    events_per_second: float

    def count(self, kind: type[EventData]) -> int:
        return self.told.get(kind.event_type.type, 0)

    @property
    def events(self) -> int:
        return sum(self.told.values())


class Stage:
    """Shows each moment. `say` is for the steps before and after the season."""

    def __init__(self, console: Console, figures: Figures) -> None:
        self._console = console
        self._live: Live | None = None
        self._figures = figures
        self._next_line = 1

    def say(self, sentence: str) -> None:
        self._console.print(Text(sentence, style="dim"))

    def playing(self) -> AbstractContextManager[Any]:
        """While this is open, `show` draws in place where the terminal can."""
        if not self._console.is_terminal:
            return nullcontext()
        self._live = Live(console=self._console, refresh_per_second=8)
        return self._live

    def show(self, moment: Moment) -> None:
        if self._live is not None:
            self._live.update(self._picture(moment))
        elif moment.week >= self._next_line or moment.week == moment.weeks:
            self._next_line = moment.week + LINE_EVERY_WEEKS
            self._console.print(_line(moment), highlight=False, soft_wrap=True)

    def _picture(self, moment: Moment) -> Group:
        figures = Table.grid(padding=(0, 2))
        cells = [*((name, moment.count(kind)) for name, kind in COUNTED.items()), ("events", moment.events)]
        for _ in range(len(cells) + 1):
            figures.add_column(justify="right")
        figures.add_row(*(Text(name, style="dim") for name, _ in cells), Text("events/s", style="dim"))
        figures.add_row(*(f"[bold]{count:,}" for _, count in cells), f"[bold]{moment.events_per_second:,.0f}")
        where = Text(f"{_week(moment)}   {_aims(moment, self._figures)}")
        bar = Table.grid()
        bar.add_row(ProgressBar(total=moment.weeks, completed=moment.week, width=BAR_COLUMNS))
        return Group(where, bar, figures)


def foretell(season: Season, state_dir: Path | None) -> str:
    """Say how much there is to play, about how long that takes and how much disk it needs."""
    days, towns = sum(len(week.days) for week in season.weeks), len(season.municipalities)
    seconds = START_AND_END_SECONDS + len(season.commands) / REQUESTS_PER_SECOND
    kept = "removed at the end" if state_dir is None else f"kept in {state_dir}"
    return (
        f"A season of {days} days and {len(season.commands):,} requests in {towns} municipalities: "
        f"{in_minutes(seconds)} on two cores, up to {DISK_MIB} MiB of disk, {kept}."
    )


def in_minutes(seconds: float) -> str:
    """A duration to the next half minute, as people say it."""
    halves = max(1, math.ceil(seconds / 30))
    whole, has_half = divmod(halves, 2)
    if whole == 0:
        return "about half a minute"
    number = f"{whole}½" if has_half else str(whole)
    return f"about {number} minute{'' if number == '1' else 's'}"


def _line(moment: Moment) -> str:
    counts = ", ".join(f"{moment.count(kind)} {name}" for name, kind in COUNTED.items())
    return f"{_week(moment)}: {counts}, {moment.events} events ({moment.events_per_second:.0f}/s)"


def _week(moment: Moment) -> str:
    return f"Week {moment.week:>2} of {moment.weeks}, from {moment.first_day:%d %b %Y}"


def _aims(moment: Moment, figures: Figures) -> str:
    found, aim = moment.count(CandidateRecruited), figures.zoetermeer.candidates
    return "recruiting" if found < aim else "everyone is found; plans and relief go on"


Show = Callable[[Moment], None]
