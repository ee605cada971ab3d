"""A pytest plugin that runs, per mutant of Python, the tests that reach its function, until one fails and kills it.

One collection serves all mutants: each is tried in a fork of this process, so no cache of one is seen by another. What
is to be tried, and how long, is in the file MUTANTS_PLAN; what became of each is written as it comes.
"""

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation import trampoline

SURVIVED, KILLED, UNTESTED, TOOK_TOO_LONG = 0, 1, 33, 36  # as mutmut numbers them
SAID = {SURVIVED: "SURVIVED", KILLED: "killed", UNTESTED: "UNTESTED", TOOK_TOO_LONG: "killed by time"}
SPARE_SECONDS, TIMES_AS_LONG = 10, 5  # of processor time; a mutant that needs more is stuck, and seen
MEMORY_BYTES_MAX = 4 * 2**30
MUTMUT = "__mutmut_"
SAID_EACH = 100


def pytest_sessionstart() -> None:
    """Have random tests play the same few examples each time, once the project's own profile is in place."""
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        max_examples=25,
        database=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # that it fails is enough
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant of the plan."""
    plan = json.loads(Path(os.environ["MUTANTS_PLAN"]).read_text("utf-8"))
    deadline = time.monotonic() + plan["seconds"]
    gc.freeze()
    reached = _find_reached(session.items)
    for number, name in enumerate(plan["mutants"], 1):
        if time.monotonic() > deadline:
            break
        tests = reached.setdefault(name.partition(MUTMUT)[0], [])
        exit_code = _try_mutant(name, tests)
        with Path(plan["tried"]).open("a", encoding="utf-8") as tried:
            tried.write(f"{json.dumps([name, exit_code])}\n")
        if exit_code in (SURVIVED, UNTESTED) or number % SAID_EACH == 0:
            _say(f"{number}/{len(plan['mutants'])} {SAID[exit_code]} {name}")
    return True


def _find_reached(items: Sequence[pytest.Item]) -> dict[str, list[tuple[float, pytest.Item]]]:
    """Return the tests that reach each function, by the processor time that they take."""
    reached: dict[str, list[tuple[float, pytest.Item]]] = {}
    for item in items:
        said = _run_in_child(lambda item=item: _record(item), SPARE_SECONDS * 100)
        if "functions" not in said:
            raise pytest.UsageError(f"{item.nodeid} fails on the code as it is: mend that first.")
        for function in said["functions"]:
            reached.setdefault(function, []).append((said["seconds"], item))
    for tests in reached.values():
        tests.sort(key=lambda test: test[0])
    return reached


def _record(item: pytest.Item) -> dict[str, Any]:
    functions: set[str] = set()
    trampoline.get_mutant_under_test = lambda: "stats"
    trampoline.record_trampoline_hit = lambda name, **_: functions.add(name)
    begin = time.process_time()
    is_failed = _fails(item)
    seconds = time.process_time() - begin
    return {} if is_failed else {"functions": sorted(functions), "seconds": seconds}


def _try_mutant(name: str, tests: list[tuple[float, pytest.Item]]) -> int:
    """Return what became of a mutant, and move what killed it to the front: it is likely to kill the next."""
    if not tests:
        return UNTESTED
    seconds = SPARE_SECONDS + TIMES_AS_LONG * sum(seconds for seconds, _ in tests)
    said = _run_in_child(lambda: _find_killer(name, [item for _, item in tests]), seconds)
    if "killer" not in said:
        return TOOK_TOO_LONG
    if said["killer"] is None:
        return SURVIVED
    tests.insert(0, tests.pop(said["killer"]))
    return KILLED


def _find_killer(name: str, items: Sequence[pytest.Item]) -> dict[str, Any]:
    trampoline.get_mutant_under_test = lambda: name
    return {"killer": next((index for index, item in enumerate(items) if _fails(item)), None)}


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, nextitem=None, log=False))


def _run_in_child(function: Callable[[], dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Return what a function returns in a fork of this process; nothing at all if it takes too long."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        limit = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        try:
            os.write(writing, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return dict(json.loads(said)) if said else {}


def _say(line: str) -> None:
    sys.__stderr__.write(f"{line}\n")
    sys.__stderr__.flush()
