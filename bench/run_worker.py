"""A worker of a run in a process of its own: it takes its share of a step's parts, one transaction each.

The shares are what Kafka's partitions would give it. It is told which step by a line on its input, and answers with a
line of JSON: the peak of its memory so far, in MiB.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from bench.rig import as_service, peak_mib
from bench.run_rig import shards, work_off
from shared.database.transactions import Database
from shared.events.codes import RunStep
from shared.memory import freeze_gc


class Worker:
    """One worker process; `begin` tells it a step, `end` waits until its share is done."""

    def __init__(self, url: str, place: int, of: int) -> None:
        command = [sys.executable, "-m", "bench.run_worker", url, str(place), str(of)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.end()

    def begin(self, step: RunStep, first: int = 0, last: int | None = None) -> None:
        """Let it work on the parts of a step from place `first` up to, not including, `last`."""
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
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
    """So many workers, ready and connected."""
    started = [Worker(url, place, count) for place in range(count)]
    try:
        yield started
    finally:
        for one in started:
            one.stop()


def together(team: Sequence[Worker], step: RunStep, first: int = 0, last: int | None = None) -> float:
    """Let all of them do their shares of these parts; the highest peak of memory in MiB."""
    for one in team:
        one.begin(step, first, last)
    return max([one.end() for one in team])


async def serve(url: str, place: int, of: int) -> None:
    """What the process does until its input ends."""
    database = Database(url, service="ontzorgen", pool_size_max=1)
    try:
        async with database.transaction(None) as tx:
            await tx.driver()
        _answer()
        async for step, first, last in _told():
            mine = (await shards(database, RunStep(step)))[first:last][place::of]
            await work_off(database, mine)
            _answer()
    finally:
        await database.close()


async def _told() -> AsyncIterator[list[Any]]:
    """Nothing else goes on in this process while it waits."""
    for line in sys.stdin:
        yield json.loads(line)


def _answer() -> None:
    sys.stdout.write(f"{json.dumps(peak_mib())}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    freeze_gc()
    as_service(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
