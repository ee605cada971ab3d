"""Every alert: a fault made on a running stack raises it, and it ends once the fault is mended."""

import asyncio

import pytest
import yaml
from faults import FAULTS
from panels import Query, list_breaches, list_queries
from watched_run import ROOT, Prometheus, WatchedRun, compress, wait_until

GAUGES = (
    "meedoen_outbox_depth_events",
    "meedoen_held_events",
    "meedoen_candidates_registered",
    "meedoen_released_cents",
)
FIRES_SECONDS_MAX = 150


@pytest.mark.parametrize("name", FAULTS)
def test_the_alerts_of_a_fault_fire_and_end_once_it_is_mended(
    watched: tuple[WatchedRun, Prometheus], seen_filled: set[Query], name: str
) -> None:
    run, prometheus = watched
    fault, fired = FAULTS[name], set[str]()

    def has_fired() -> bool:
        fired.update(prometheus.firing())
        return fault.alerts <= fired

    wait_until(lambda: not fault.alerts & (prometheus.firing() - {"NoDayArrived"}), FIRES_SECONDS_MAX, "all is quiet")
    with fault.make(run):
        wait_until(has_fired, FIRES_SECONDS_MAX, lambda: f"{sorted(fault.alerts - fired)} fire")
        if name == "database":
            wait_until(
                lambda: not any(prometheus.query(gauge) for gauge in GAUGES),
                FIRES_SECONDS_MAX,
                "nothing is shown of what only the database knows",
            )
        prometheus.wait_for_looks(3)
        queries = [query for query in list_queries() if fault.shows(query.title)]
        breaches = asyncio.run(list_breaches(queries, run, prometheus, seen_filled))
        assert not breaches, "\n".join(breaches)
    wait_until(lambda: not fault.alerts & prometheus.firing(), FIRES_SECONDS_MAX, f"{sorted(fault.alerts)} end")
    if name == "database":
        wait_until(lambda: all(prometheus.query(gauge) for gauge in GAUGES), FIRES_SECONDS_MAX, "all is shown again")


def test_every_alert_has_a_fault_that_raises_it() -> None:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    assert {alert for fault in FAULTS.values() for alert in fault.alerts} == alerts


def test_times_are_shorter_and_nothing_else_changes() -> None:
    assert compress("expr: up[5m] == 0\nfor: 2m\nfor: 1d\nfor: 15s") == "expr: up[20s] == 0\nfor: 2s\nfor: 3s\nfor: 1s"
    assert compress("a[4d] offset 3d > b[26h] and c:d offset 26h") == "a[40s] offset 30s > b[26s] and c:d offset 26s"
