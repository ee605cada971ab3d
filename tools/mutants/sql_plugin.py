"""A pytest plugin that runs the collected tests once per dropped condition, until one fails: it kills the mutant.

The module whose queries are tried is in MUTANTS_MODULE, the file of results in MUTANTS_RESULTS; what has a result is
not tried again, and after MUTANTS_SECONDS no further one is begun. One server and one collection serve all mutants.
"""

import ast
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.runner import runtestprotocol
from sql_conditions import Condition, drop_condition, list_conditions

_VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}
_PLACE = re.compile(r"\{\w*[a-z]?\}")  # {table}, {} or {0}; not the braces of an array or of JSON


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant of the module; the session's own outcome is that of the tests on the code as it is."""
    module = import_module(os.environ["MUTANTS_MODULE"])
    results_file = Path(os.environ["MUTANTS_RESULTS"])
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    deadline = time.monotonic() + float(os.environ["MUTANTS_SECONDS"])
    items = list(session.items)
    if killer := _find_failure(items):
        raise pytest.UsageError(f"{killer} fails on the code as it is: mend that first.")
    mutants = list(list_mutants(module))
    for number, (key, name, query, condition) in enumerate(mutants, 1):
        if key in results or time.monotonic() > deadline:
            continue
        setattr(module, name, drop_condition(query, condition))
        try:
            killer = _find_failure(items)
        finally:
            setattr(module, name, query)
        results[key] = {"condition": condition.short, "killed_by": killer}
        results_file.write_text(json.dumps(results, indent=1))
        _say(f"{number}/{len(mutants)} {'killed  ' if killer else 'SURVIVED'} {key}: {condition.short[:90]}")
        if killer:  # what killed one is likely to kill the next
            items.sort(key=lambda item: item.nodeid != killer)
    left = [key for key, *_ in mutants if key not in results]
    _say(f"{module.__name__}: {len(mutants) - len(left)} of {len(mutants)} conditions tried.")
    return True


def list_mutants(module: ModuleType) -> Iterator[tuple[str, str, str, Condition]]:
    """Yield (key, name, query, condition) of each condition in the module's own queries, but those on the tenant."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    for node in tree.body:
        name = getattr(getattr(node, "target", None), "id", None)
        query = getattr(module, name, None) if name else None
        if isinstance(query, str) and _is_tried(query):
            for number, condition in enumerate(list_conditions(query), 1):
                if not condition.is_tenant:
                    yield f"{module.__name__}:{name}:{number}", str(name), query, condition


def _is_tried(query: str) -> bool:
    """Return whether it is a whole query with conditions: a part of one, or a template, is tried as what it fills."""
    verb, is_part = query.split(maxsplit=1)[0], query.rstrip().endswith(")")
    is_whole = verb in _VERBS and not (verb == "WITH" and is_part) and not _PLACE.search(query)
    return is_whole and "WHERE" in query


class _SessionGoesOn:
    """What comes after each test, as far as its fixtures are concerned: those of the session stay, the others go."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        return [self._session]


def _find_failure(items: list[pytest.Item]) -> str | None:
    """Run the tests until one fails, and return it."""
    for item in items:
        item._initrequest()  # noqa: SLF001 - as for a test that is run again
        reports = runtestprotocol(item, nextitem=_SessionGoesOn(item.session), log=False)
        if failed := [report for report in reports if report.failed]:
            if os.environ.get("MUTANTS_SHOW"):
                _say(failed[0].longreprtext)
            return item.nodeid
    return None


def _say(line: str) -> None:
    sys.__stderr__.write(f"{line}\n")
    sys.__stderr__.flush()
