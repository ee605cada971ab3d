"""The whole season from a seed: pure, without a clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from demo.arrivals import arrive, enter_municipal_accounts
from demo.figures import Figures, load_figures
from demo.pilots.plan import play_pilots
from demo.recruiting import recruit, set_up
from demo.rng import SeededRandom
from demo.story import DAYS_IN_WEEK, Command, Season, Size, Wave, Week, whole_season


def plan(seed: int, figures: Figures | None = None, size: Size | None = None) -> Season:
    """Return the commands of a season in weeks and waves; without a size, of the year in the sources' figures."""
    figures = figures or load_figures()
    size = size or whole_season(figures)
    rng = SeededRandom(seed)
    first, pairs = set_up(rng, figures, size)
    commands = [*first, *recruit(rng, figures, size, pairs), *arrive(rng, figures, size)]
    commands += play_pilots(rng, figures, size)
    season = Season(seed, figures, size, ())
    commands += enter_municipal_accounts(rng, size, season.municipalities)
    return replace(season, weeks=tuple(_group_by_week(commands, size)))


def _group_by_week(commands: Iterable[Command], size: Size) -> Iterable[Week]:
    """Group by week, wave and day.

    What came before the season (a notice in spring) is entered in its first week; what comes after its last one is left
    out.
    """
    by_wave: dict[tuple[int, Wave], list[Command]] = {}
    for command in sorted(commands, key=lambda command: command.day):
        week = max(0, (command.day - size.first_day).days // DAYS_IN_WEEK)
        by_wave.setdefault((week, command.wave), []).append(command)
    for week in range(size.weeks):
        waves = (tuple(by_wave.get((week, wave), ())) for wave in Wave)
        yield Week(week + 1, size.first_day + timedelta(weeks=week), tuple(wave for wave in waves if wave))
