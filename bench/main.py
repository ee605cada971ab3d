"""`make bench`: every path of the table, at least three passes each, into build/bench.json and a page of figures."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

from bench import camt, consumer, idle, latency, ledger_proof, memory, notify, relay, run_chain, run_million
from bench import run as month_run
from bench.rig import CONSOLE, PARTITIONS, TOPIC, Figure, Stage, shown, stage, write
from meedoen.stack.errors import LocalError
from meedoen.stack.kafka import start_kafka
from meedoen.stack.postgres import start_postgres
from shared.memory import freeze_gc

PASSES_MIN = 3
PATHS = (
    *("relay", "consumer", "latency", "latency-kafka", "idle", "memory", "notify", "camt"),
    *("run", "run-workers", "run-chain", "run-million", "ledger-proof"),
)
OUT = Path("build/bench.json")
WIDTH_IN_A_FILE = 190


class BenchError(Exception):
    """The benchmark can not be run as asked; the sentence says why."""


def run(argv: Sequence[str] = ()) -> int:
    """Measure what the arguments name (all paths without any), show and write; returns the exit code."""
    parser = argparse.ArgumentParser(
        "meedoen bench",
        description="Every figure beside its floor. All take about half an hour, run-million alone half of it.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help=f"some of {', '.join(PATHS)}; all when left out")
    parser.add_argument("--passes", type=int, default=PASSES_MIN, help=f"passes per figure, at least {PASSES_MIN}")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    asked = parser.parse_args(argv)
    try:
        measure(asked.paths, asked.passes, asked.out)
    except BenchError as problem:
        CONSOLE.print(f"[red]{problem}[/red]")
        return 2
    return 0


def measure(only: Sequence[str], passes: int, out: Path) -> None:
    """Raises BenchError for a path or number of passes that can not be measured."""
    unknown = sorted(set(only) - set(PATHS))
    if unknown:
        raise BenchError(f"There is no benchmark '{unknown[0]}': choose from {', '.join(PATHS)}.")
    if passes < PASSES_MIN:
        raise BenchError(f"A median needs at least {PASSES_MIN} passes: ask for more than {passes}.")
    freeze_gc()
    figures: list[Figure] = []
    for path in only or PATHS:
        CONSOLE.print(f"[bold]{path}[/bold]")
        figures.extend(_measure(path, passes))
        write(figures, out)
    _show(figures)
    CONSOLE.print(f"Written to {out}.")


def _measure(path: str, passes: int) -> list[Figure]:
    if path == "idle":
        return idle.run(passes)
    if path == "latency-kafka":
        return _latency_on_kafka(passes)
    measures: dict[str, Callable[[Stage], list[Figure]]] = {
        "relay": lambda where: relay.run(where, passes),
        "consumer": lambda where: consumer.run(where, passes),
        "latency": lambda where: latency.run(where, passes, "embedded"),
        "memory": memory.run,
        "camt": lambda where: camt.run(where, passes),
        "notify": lambda where: notify.run(where, passes),
        "run": lambda where: month_run.run(where, passes),
        "run-workers": lambda where: month_run.run_workers(where, passes),
        "run-chain": lambda where: run_chain.run(where, passes),
        "run-million": lambda where: run_million.run(where, passes),
        "ledger-proof": lambda where: ledger_proof.run(where, passes),
    }
    with stage() as where:
        return measures[path](where)


def _latency_on_kafka(passes: int) -> list[Figure]:
    with TemporaryDirectory(prefix="meedoen-bench-kafka-") as folder:
        try:
            broker = start_kafka(Path(folder) / "kafka", {TOPIC: PARTITIONS}, parent_pid=os.getpid())
        except LocalError as problem:
            CONSOLE.print(f"[yellow]Not measured on Apache Kafka: {problem}[/yellow]")
            return []
        server = start_postgres(Path(folder) / "postgres", parent_pid=os.getpid())
        try:
            where = Stage(server.admin_url, broker.bootstrap_servers, is_embedded=False)
            return latency.run(where, passes, "Apache Kafka")
        finally:
            broker.stop()
            server.remove()


def _show(figures: Sequence[Figure]) -> None:
    table = Table(title="Figures beside their floors (medians)")
    for heading in ("path", "value", "unit", "floor", "of floor", "peer", "times peer", "spread"):
        table.add_column(heading)
    for line in figures:
        table.add_row(
            line.path,
            shown(line.value),
            line.unit,
            "" if line.floor is None else shown(line.floor),
            "" if line.ratio_to_floor is None else f"{line.ratio_to_floor:.2f}",
            line.peer or "",
            "" if line.ratio_to_peer is None else f"{line.ratio_to_peer:.3g}",
            line.spread,
        )
    if not CONSOLE.is_terminal:
        CONSOLE.width = WIDTH_IN_A_FILE
    CONSOLE.print(table)
