"""A worker of a run in a process of its own: it takes its share of a step's parts, one transaction each.

The shares are what Kafka's partitions would give it. It reads the step from a line on its input, and answers with a
line of JSON: the peak of its memory so far, in MiB.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from bench.rig import peak_mib, run_on_uvloop
from bench.run_rig import process_parts, read_parts
from shared.database.transactions import Database
from shared.events.codes import RunStep
from shared.memory import freeze_gc


class Worker:
    """One worker process; `begin` sends it a step, `end` waits until its share is done."""

    def __init__(self, url: str, index: int, count: int) -> None:
        command = [sys.executable, "-m", "bench.run_worker", url, str(index), str(count)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.end()

    def begin(self, step: RunStep, first: int = 0, last: int | None = None) -> None:
        """Start the parts of a step from place `first` up to, not including, `last`."""
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe
        self._process.stdin.write(json.dumps([step.value, first, last]) + "\n")
        self._process.stdin.flush()

    def end(self) -> float:
        """Wait for its answer: the peak of its memory in MiB."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("A worker stopped before its share was done: the figure would mean nothing.")
        return float(json.loads(answer))

    def stop(self) -> None:
        self._process.communicate()


@contextlib.contextmanager
def workers(url: str, count: int) -> Iterator[list[Worker]]:
    """Start `count` workers, ready and connected."""
    started = [Worker(url, index, count) for index in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.stop()


def run_in_parallel(team: Sequence[Worker], step: RunStep, first: int = 0, last: int | None = None) -> float:
    """Run all of them on their shares of these parts; return the highest peak of memory in MiB."""
    for worker in team:
        worker.begin(step, first, last)
    return max([worker.end() for worker in team])


async def serve(url: str, index: int, count: int) -> None:
    """Process steps until the input ends."""
    database = Database(url, service="ontzorgen", pool_size_max=1)
    try:
        async with database.transaction(None) as tx:
            await tx.driver()
        _send_peak()
        async for step, first, last in _read_steps():
            share = (await read_parts(database, RunStep(step)))[first:last][index::count]
            await process_parts(database, share)
            _send_peak()
    finally:
        await database.close()


async def _read_steps() -> AsyncIterator[list[Any]]:
    """Yield the steps; nothing else runs in this process while it waits."""
    for line in sys.stdin:
        yield json.loads(line)


def _send_peak() -> None:
    sys.stdout.write(f"{json.dumps(peak_mib())}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    freeze_gc()
    run_on_uvloop(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
