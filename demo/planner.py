"""The whole season from a seed: pure, without a clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from demo.arrivals import arrive, pay_from
from demo.figures import Figures, load_figures
from demo.pilots.plan import play_pilots
from demo.recruiting import recruit, set_up
from demo.rng import Dice
from demo.story import DAYS_IN_WEEK, Command, Season, Size, Wave, Week, whole_season


def plan(seed: int, figures: Figures | None = None, size: Size | None = None) -> Season:
    """The commands of a season in weeks and waves; without a size, the year that the sources' figures fill."""
    figures = figures or load_figures()
    size = size or whole_season(figures)
    dice = Dice(seed)
    first, pairs = set_up(dice, figures, size)
    commands = [*first, *recruit(dice, figures, size, pairs), *arrive(dice, figures, size)]
    commands += play_pilots(dice, figures, size)
    season = Season(seed, figures, size, ())
    commands += pay_from(dice, size, season.municipalities)
    return replace(season, weeks=tuple(_in_weeks(commands, size)))


def _in_weeks(commands: Iterable[Command], size: Size) -> Iterable[Week]:
    """By week, wave and day; what came before the season (a notice in spring) is entered in its first week;
    what comes after its last one is left out.
    """
    by_place: dict[tuple[int, Wave], list[Command]] = {}
    for command in sorted(commands, key=lambda one: one.day):
        week = max(0, (command.day - size.first_day).days // DAYS_IN_WEEK)
        by_place.setdefault((week, command.wave), []).append(command)
    for week in range(size.weeks):
        waves = (tuple(by_place.get((week, wave), ())) for wave in Wave)
        yield Week(week + 1, size.first_day + timedelta(weeks=week), tuple(wave for wave in waves if wave))
