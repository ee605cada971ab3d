"""A run as `make up` starts it, a real Prometheus that looks at it every second, and the known load played on it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from panels import Query
from shell_pages import run_page
from watched_run import HELD_EVENTS_MAX, ROOT, Prometheus, WatchedRun, find_prometheus, start_prometheus, wait_until

_NOT_PASSED_ON = ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "OTEL_TRACES_FILE", "PYTEST_ADDOPTS")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = None
    if find_prometheus("prometheus") is None:
        reason = "No Prometheus: apt-get install prometheus, or name its folder in PROMETHEUS_FOLDER (see README.md)."
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.ops)
            item.add_marker(pytest.mark.timeout(900))
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


def run_meedoen(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "meedoen", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def watched() -> Iterator[tuple[WatchedRun, Prometheus]]:
    """An empty run that Prometheus has looked at before the chain by hand was played on it."""
    folder = Path(tempfile.mkdtemp(prefix="meedoen-ops-"))
    folder.chmod(0o755)  # the user PostgreSQL runs as passes through
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    settings = {"FIGURES_EVERY_SECONDS": "0", "HELD_EVENTS_MAX": str(HELD_EVENTS_MAX)}
    environment = {**inherited, **settings, "MEEDOEN_STATE": str(folder / "state")}
    try:
        run_meedoen(environment, "up")
        run = WatchedRun(folder / "state", environment)
        with start_prometheus(folder / "prometheus", run.targets()) as prometheus:
            prometheus.wait_for_looks(3)
            run.before = {service: run.scrape(service) for service in run.targets()}
            breaches = run_page(ROOT / "docs" / "chain-by-hand.md", ROOT, environment, seconds_max=600)
            assert not breaches, "\n" + "\n".join(breaches)
            waiting = (
                "sum(meedoen_messages_waiting) + sum(meedoen_outbox_depth_events) + sum(meedoen_consumer_lag_events)"
            )
            wait_until(lambda: set(prometheus.query(waiting).values()) == {0.0}, 120, "all is sent and consumed")
            prometheus.wait_for_looks(3)
            yield run, prometheus
    finally:
        run_meedoen(environment, "down")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def seen_filled() -> set[Query]:
    """The queries that were compared with something else than 0 so far."""
    return set()
