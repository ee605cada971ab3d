"""`meedoen demo`: starts the chain, plays a season on it, counts, checks, and shows and writes the report."""

import asyncio
import time
from pathlib import Path

from rich.console import Console

from demo.chain import Chain, DemoError
from demo.checks import build_checks, require_all_hold
from demo.counts import SeasonCounts, count_season
from demo.expectations import expect
from demo.logs import Logs
from demo.page import write_page
from demo.planner import plan
from demo.player import Player
from demo.progress import ProgressDisplay, describe_season
from demo.report import Report, build_report
from demo.story import Season
from demo.terminal import print_report
from meedoen.stack.errors import LocalError
from meedoen.stack.local_run import LocalRun

SEED = 2010
OUT = Path("build/demo")


def play(seed: int = SEED, out: Path = OUT, broker: str = "embedded", state_dir: Path | None = None) -> int:
    """Play the whole season; return 0 if every figure agrees, else 1 after a sentence.

    Writes `report.json` and `report.html` to `out`. Without a `state_dir` nothing else is left behind.
    """
    return play_season(plan(seed), out, broker=broker, state_dir=state_dir)


def play_season(
    season: Season,
    out: Path,
    *,
    broker: str = "embedded",
    state_dir: Path | None = None,
    console: Console | None = None,
) -> int:
    console = console or Console()
    display = ProgressDisplay(console, season.figures)
    began = time.monotonic()
    display.print_sentence(describe_season(season, state_dir))
    try:
        with LocalRun(
            state_dir, broker=broker, municipalities=season.municipalities, progress=display.print_sentence
        ) as run:
            season_counts = asyncio.run(_perform(run, season, display))
            parked, waiting = _count_held(run)
        season_checks = build_checks(expect(season), season_counts, parked, waiting)
        conclude(build_report(season, season_counts, season_checks, parked, time.monotonic() - began), out, console)
    except (DemoError, LocalError) as problem:
        console.print(f"{problem}", style="bold red", markup=False, highlight=False)
        return 1
    return 0


def conclude(season_report: Report, out: Path, console: Console) -> None:
    """Show and write the report in any case; DemoError if a check in it fails."""
    print_report(console, season_report, _write(season_report, out))
    require_all_hold(season_report.checks)


async def _perform(run: LocalRun, season: Season, display: ProgressDisplay) -> SeasonCounts:
    async with Chain(run) as chain, Logs(run) as logs:
        with display.open():
            await Player(run, chain, logs, season, display.show).play()
        display.print_sentence("Counting the results in the services ...")
        return await count_season(chain, logs, season)


def _count_held(run: LocalRun) -> tuple[int, int]:
    """Return the number of parked events in the four services, and of those still to be sent or retried."""
    figures = [service.figures for service in run.status().services]
    readable = [database for database in figures if database is not None]
    if len(readable) < len(figures):
        raise DemoError("A service's database does not answer, so the parked events are unknown: see its log.")
    waiting = sum(database.outbox_depth + database.held_retrying + database.held_waiting for database in readable)
    return sum(database.held_parked for database in readable), waiting


def _write(season_report: Report, out: Path) -> tuple[Path, Path]:
    out.mkdir(parents=True, exist_ok=True)
    page, figures = out / "report.html", out / "report.json"
    write_page(season_report, page)
    season_report.write(figures)
    return page, figures
