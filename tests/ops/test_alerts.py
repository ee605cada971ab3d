"""Faults made and mended on a running stack: each alert fires, and ends. All others are shown by promtool's tests."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from watched_run import Prometheus, WatchedRun, compress, wait_until

from meedoen.stack.postgres import find_postgres

GAUGES = (
    "meedoen_outbox_depth_events",
    "meedoen_held_events",
    "meedoen_candidates_registered",
    "meedoen_released_cents",
)
FIRES_SECONDS_MAX = 90


@contextmanager
def full_spool(run: WatchedRun) -> Iterator[None]:
    spool, away = run.home / "spool", run.home / "spool-away"
    spool.rename(away)
    spool.write_text("Not a folder.")
    try:
        yield
    finally:
        spool.unlink()
        away.rename(spool)


@contextmanager
def silent_service(run: WatchedRun) -> Iterator[None]:
    os.kill(run.pid("recruitment"), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(run.pid("recruitment"), signal.SIGCONT)


@contextmanager
def lost_database(run: WatchedRun) -> Iterator[None]:
    server = find_postgres(run.home)
    assert server is not None
    server.stop()
    try:
        yield
    finally:
        server.restart()


@pytest.mark.parametrize(
    ("alert", "fault"),
    [("SpoolFull", full_spool), ("ServiceDown", silent_service), ("DependencyDown", lost_database)],
    ids=["spool", "service", "database"],
)
def test_an_alert_fires_on_its_fault_and_ends_once_it_is_mended(
    watched: tuple[WatchedRun, Prometheus], alert: str, fault: Callable[[WatchedRun], AbstractContextManager[None]]
) -> None:
    run, prometheus = watched
    wait_until(lambda: alert not in prometheus.firing(), FIRES_SECONDS_MAX, f"{alert} is quiet before the fault")
    with fault(run):
        wait_until(lambda: alert in prometheus.firing(), FIRES_SECONDS_MAX, f"{alert} fires")
        if fault is lost_database:
            wait_until(
                lambda: not any(prometheus.query(gauge) for gauge in GAUGES),
                FIRES_SECONDS_MAX,
                "nothing is shown of what only the database knows",
            )
    wait_until(lambda: alert not in prometheus.firing(), FIRES_SECONDS_MAX, f"{alert} ends")
    if fault is lost_database:
        wait_until(lambda: all(prometheus.query(gauge) for gauge in GAUGES), FIRES_SECONDS_MAX, "all is shown again")


def test_a_for_of_minutes_is_one_of_seconds_and_nothing_else_changes() -> None:
    assert compress("expr: up[5m] == 0\nfor: 2m\nfor: 1d\nfor: 15s") == "expr: up[5m] == 0\nfor: 2s\nfor: 10s\nfor: 1s"
