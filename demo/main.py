"""`meedoen demo`: starts the chain, plays a season on it, counts, checks, and shows and writes the report."""

import asyncio
import time
from pathlib import Path

from rich.console import Console

from demo.chain import Chain, DemoError
from demo.checks import checks, refuse_if_any_fails
from demo.counted import Counted, count
from demo.expected import expect
from demo.logs import Logs
from demo.page import write_page
from demo.planner import plan
from demo.player import Player
from demo.report import Report, report
from demo.stage import Stage, foretell
from demo.story import Season
from demo.terminal import show
from meedoen.stack.errors import LocalError
from meedoen.stack.local_run import LocalRun

SEED = 2010
OUT = Path("build/demo")


def play(seed: int = SEED, out: Path = OUT, broker: str = "embedded", state_dir: Path | None = None) -> int:
    """Play the whole season; 0 when every figure agrees, 1 with a sentence when not.

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
    stage = Stage(console, season.figures)
    began = time.monotonic()
    stage.say(foretell(season, state_dir))
    try:
        with LocalRun(state_dir, broker=broker, municipalities=season.municipalities, progress=stage.say) as run:
            counted = asyncio.run(_perform(run, season, stage))
            parked, waiting = _held(run)
        found = checks(expect(season), counted, parked, waiting)
        conclude(report(season, counted, found, parked, time.monotonic() - began), out, console)
    except (DemoError, LocalError) as problem:
        console.print(f"{problem}", style="bold red", markup=False, highlight=False)
        return 1
    return 0


def conclude(told: Report, out: Path, console: Console) -> None:
    """Show and write the report whatever it says; DemoError when a check in it fails."""
    show(console, told, _write(told, out))
    refuse_if_any_fails(told.checks)


async def _perform(run: LocalRun, season: Season, stage: Stage) -> Counted:
    async with Chain(run) as chain, Logs(run) as logs:
        with stage.playing():
            await Player(run, chain, logs, season, stage.show).play()
        stage.say("Counting what the services hold ...")
        return await count(chain, logs, season)


def _held(run: LocalRun) -> tuple[int, int]:
    """Events that the four services have parked, and those that are still to be sent or to be tried again."""
    figures = [service.figures for service in run.status().services]
    answered = [database for database in figures if database is not None]
    if len(answered) < len(figures):
        raise DemoError("Not every service's database answers, so what is parked is not known: look at its log.")
    waiting = sum(database.outbox_depth + database.held_retrying + database.held_waiting for database in answered)
    return sum(database.held_parked for database in answered), waiting


def _write(told: Report, out: Path) -> tuple[Path, Path]:
    out.mkdir(parents=True, exist_ok=True)
    page, figures = out / "report.html", out / "report.json"
    write_page(told, page)
    told.write(figures)
    return page, figures
