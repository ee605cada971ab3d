"""Ends a server when the process that started it is gone, however that ended: no kill -9 leaves an orphan behind.

A server like PostgreSQL does not watch its parent, so a small process of ours does. It ends by itself as soon as the
server has ended.
"""

import argparse
import signal
import time
from pathlib import Path

from meedoen.stack.processes import (
    is_running,
    process_exists,
    python_environment,
    python_module,
    start_process,
    stop_process,
)

CHECK_SECONDS = 0.5


def start_watcher(pid: int, *, marker: str, first: signal.Signals, parent_pid: int, log_file: Path) -> None:
    """Start a process that ends server `pid` (signal `first`, then kill -9) once `parent_pid` is gone."""
    options = ["--pid", str(pid), "--marker", marker, "--signal", str(int(first)), "--parent-pid", str(parent_pid)]
    start_process([*python_module(__name__), *options], log_file=log_file, environment=python_environment())


def main() -> None:
    """Wait until the parent or the server is gone, then stop the server."""
    options = argparse.ArgumentParser(description="Ends a server when its parent is gone.")
    options.add_argument("--pid", type=int, required=True)
    options.add_argument("--marker", required=True, help="part of the server's command line")
    options.add_argument("--signal", type=int, required=True, help="the signal that asks the server to end")
    options.add_argument("--parent-pid", type=int, required=True)
    arguments = options.parse_args()
    while process_exists(arguments.parent_pid) and is_running(arguments.pid, marker=arguments.marker):
        time.sleep(CHECK_SECONDS)
    stop_process(arguments.pid, marker=arguments.marker, first=signal.Signals(arguments.signal))


if __name__ == "__main__":
    main()
