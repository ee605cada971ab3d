"""What the four services cost while nothing happens: processor time and resident memory, all four together."""

import time

import psutil

from bench.rig import CONSOLE, Figure
from meedoen.stack.local_run import LocalRun
from shared.service_names import SERVICES

SETTLE_SECONDS = 15.0
WINDOW_SECONDS = 20.0
MIB = 1024 * 1024


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def run(passes: int) -> list[Figure]:
    """Return the lines for build/bench.json; there is no floor for doing nothing."""
    with LocalRun(broker="embedded", progress=lambda text: CONSOLE.print(f"[dim]{text}[/dim]")) as local:
        pids = [pid for service in SERVICES if (pid := local.pid(service)) is not None]
        processes = [psutil.Process(pid) for pid in pids]  # type: ignore[no-untyped-call]  # psutil has no types
        if len(processes) != len(SERVICES):
            raise RuntimeError("Not every service runs: the figure would mean nothing.")
        time.sleep(SETTLE_SECONDS)
        shares = []
        for _ in range(passes):
            before, started = _cpu_seconds(processes), time.monotonic()
            time.sleep(WINDOW_SECONDS)
            shares.append(100 * (_cpu_seconds(processes) - before) / (time.monotonic() - started))
        resident = sum(process.memory_info().rss for process in processes) / MIB
    shares.sort()
    spread = f"{shares[0]:.2f}..{shares[-1]:.2f} over {passes}"
    cpu = shares[len(shares) // 2]
    return [
        Figure("idle, four services, processor", cpu, "% of one core", None, None, None, None, spread),
        Figure("idle, four services, resident", resident, "MiB", None, None, None, None, "once, at the end"),
    ]
