"""`make bench`: every path of the table, at least three passes each, into build/bench.json and a page of figures.

Each path is measured in a process of its own, so that none pays for the memory that those before it took.
"""

import argparse
import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from bench import paths
from bench.rig import CONSOLE, Figure, format_value, write_figures
from meedoen.stack.processes import python_module

PASSES_MIN = 3
PATHS = (
    *("relay", "consumer", "secure", "latency", "latency-kafka", "idle", "memory", "notify", "letters", "camt"),
    *("run", "run-workers", "run-chain", "run-million", "ledger-proof"),
)
OUT = Path("build/bench.json")
WIDTH_IN_A_FILE = 190
# A path that is interrupted takes its server and its broker down first.
STOP_SECONDS_MAX = 30.0


class BenchError(Exception):
    """The benchmark cannot be run with these arguments; the sentence says why."""


class PathFailedError(Exception):
    """A path ended before it had its figures; its own output is above."""


def run(argv: Sequence[str] = ()) -> int:
    """Measure the paths in the arguments (all without any), print and write; return the exit code."""
    parser = argparse.ArgumentParser(
        "meedoen bench",
        description="Benchmarks, each beside its lower bound. All take about half an hour, run-million half of it.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help=f"some of {', '.join(PATHS)}; by default all")
    parser.add_argument("--passes", type=int, default=PASSES_MIN, help=f"passes per figure, at least {PASSES_MIN}")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    arguments = parser.parse_args(argv)
    try:
        measure(arguments.paths, arguments.passes, arguments.out)
    except BenchError as problem:
        CONSOLE.print(f"[red]{problem}[/red]")
        return 2
    except PathFailedError as problem:
        CONSOLE.print(f"[red]{problem}[/red]")
        return 1
    return 0


def measure(only: Sequence[str], passes: int, out: Path) -> None:
    """Measure and write; BenchError for an impossible path or number of passes, PathFailedError if one fails."""
    unknown = sorted(set(only) - set(PATHS))
    if unknown:
        raise BenchError(f"Benchmark '{unknown[0]}' does not exist: choose from {', '.join(PATHS)}.")
    if passes < PASSES_MIN:
        raise BenchError(f"A median needs at least {PASSES_MIN} passes, not {passes}: give a higher --passes.")
    figures: list[Figure] = []
    for path in only or PATHS:
        CONSOLE.print(f"[bold]{path}[/bold]")
        figures.extend(measure_apart(path, _command(path, passes)))
        write_figures(figures, out)
    _show(figures)
    CONSOLE.print(f"Written to {out}.")


def measure_apart(path: str, command: Sequence[str]) -> list[Figure]:
    """Run the command that measures a path and return the figures that it prints; end it when we are interrupted.

    It has a session of its own, so that Ctrl-C in a terminal reaches it once, through us.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        try:
            output, _ = child.communicate()
        except BaseException:
            _interrupt(child)
            raise
    if child.returncode:
        raise PathFailedError(f"The path {path} failed with exit status {child.returncode}: see its output above.")
    return [Figure(**line) for line in json.loads(output)]


def _command(path: str, passes: int) -> list[str]:
    options = ["--passes", str(passes), "--parent-pid", str(os.getpid())]
    return [*python_module(paths.__name__), path, *options]


def _interrupt(child: subprocess.Popen[str]) -> None:
    """Let it take down what it started; kill it when that takes too long or a second Ctrl-C comes."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(STOP_SECONDS_MAX)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()


def _show(figures: Sequence[Figure]) -> None:
    table = Table(title="Figures beside their floors (medians)")
    for heading in ("path", "value", "unit", "floor", "of floor", "peer", "times peer", "spread"):
        table.add_column(heading)
    for line in figures:
        table.add_row(
            line.path,
            format_value(line.value),
            line.unit,
            "" if line.floor is None else format_value(line.floor),
            "" if line.ratio_to_floor is None else f"{line.ratio_to_floor:.2f}",
            line.peer or "",
            "" if line.ratio_to_peer is None else f"{line.ratio_to_peer:.3g}",
            line.spread,
        )
    if not CONSOLE.is_terminal:
        CONSOLE.width = WIDTH_IN_A_FILE
    CONSOLE.print(table)
