"""A run that is watched: where its services answer, what its databases hold, and what Prometheus says about it."""

import contextlib
import math
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml

from meedoen.stack.postgres import find_postgres
from meedoen.stack.services import clock_file, issuer_folder
from meedoen.stack.state import RunState, read_run
from shared.auth.local_issuer import LocalIssuer
from shared.clock import read_today

ROOT = Path(__file__).resolve().parents[2]
LOOK_EVERY_SECONDS = 4  # a look takes two seconds and more while the broker is silent
HELD_EVENTS_MAX = 1_000
SERVICES = ("recruitment", "intake", "ontzorgen", "notifications")


def find_prometheus(name: str) -> str | None:
    """Return the path of a binary of Prometheus, in PROMETHEUS_FOLDER or else on the PATH."""
    folder = os.environ.get("PROMETHEUS_FOLDER")
    return shutil.which(name, path=folder) if folder else shutil.which(name)


@dataclass
class WatchedRun:
    """A run by its state folder and the environment of the terminal it was started from.

    `before` is what the services had counted when Prometheus began to look: the calendar's first days, for instance.
    """

    home: Path
    environment: dict[str, str]
    before: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def state(self) -> RunState:
        run = read_run(self.home)
        assert run is not None
        return run

    def port(self, service: str) -> int:
        return self.state.processes[service].port

    def pid(self, service: str) -> int:
        return self.state.processes[service].pid

    def targets(self) -> dict[str, int]:
        return {service: self.port(service) for service in SERVICES}

    def today(self) -> date:
        return read_today(clock_file(self.home))

    def make_token(self, role: str, subject: str) -> str:
        return LocalIssuer(issuer_folder(self.home)).token(subject, role, "gm0637")

    async def connect(self, service: str) -> asyncpg.Connection:
        """Connect to the database of a service as superuser, who sees all municipalities."""
        server = find_postgres(self.home)
        assert server is not None
        name = self.state.databases[service].url.rpartition("/")[2]
        return await asyncpg.connect(f"{server.admin_url.rpartition('/')[0]}/{name}")

    async def fetch(self, service: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query over all municipalities."""
        connection = await self.connect(service)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def execute(self, service: str, *statements: str) -> None:
        """Change a database in one transaction, past triggers and references."""
        connection = await self.connect(service)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                for statement in statements:
                    await connection.execute(statement)
        finally:
            await connection.close()

    def scrape(self, service: str) -> dict[str, float]:
        """Return what a service shows now, by series."""
        text = httpx.get(f"http://127.0.0.1:{self.port(service)}/metrics", timeout=20).text
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}


@dataclass
class Prometheus:
    """A running Prometheus."""

    url: str

    def query(self, expression: str) -> dict[frozenset[tuple[str, str]], float]:
        """Return the values of an expression now, by labels without the name of the series."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=20).json()
        assert answer["status"] == "success", answer
        return {
            frozenset((k, v) for k, v in row["metric"].items() if k != "__name__"): float(row["value"][1])
            for row in answer["data"]["result"]
        }

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire now."""
        alerts = httpx.get(f"{self.url}/api/v1/alerts", timeout=20).json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def wait_for_looks(self, count: int) -> None:
        """Wait until each service was looked at so many times from now."""
        began = time.time()
        ask = f'min(count_over_time(up{{job="meedoen"}}[1h])) and min(timestamp(up)) > {began}'
        first = next(iter(self.query('min(count_over_time(up{job="meedoen"}[1h]))').values()), 0.0)
        wait_until(lambda: next(iter(self.query(ask).values()), 0.0) >= first + count, 60, "Prometheus has looked")


def wait_until(is_so: Any, seconds_max: float, what: str | Callable[[], str]) -> None:
    """Look again, several times a second, until it is so; AssertionError after so many seconds."""
    pause, until = threading.Event(), time.monotonic() + seconds_max
    while not is_so():
        if time.monotonic() > until:
            pytest.fail(f"Not within {seconds_max} seconds: {what if isinstance(what, str) else what()}.")
        pause.wait(0.25)


def compress(rules: str) -> str:
    """Return the rules with seconds for longer times, in the same order: a fault is told, and over, while a test waits.

    The `for` of each has three seconds at most; a window or offset twenty at least, so that it holds some looks.
    """

    def shorten(found: re.Match[str]) -> str:
        seconds = math.ceil(int(found[2]) * {"s": 1 / 60, "m": 1, "h": 1, "d": 10}[found[3]])
        return f"{found[1]}{min(3, seconds) if found[1] == 'for: ' else max(20, seconds)}s"

    return re.sub(r"(for: |\[|offset )(\d+)([smhd])\b", shorten, rules)


@contextlib.contextmanager
def start_prometheus(folder: Path, targets: Mapping[str, int]) -> Iterator[Prometheus]:
    folder.mkdir(parents=True)
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    config["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout"), f"{LOOK_EVERY_SECONDS}s")
    config["global"]["evaluation_interval"] = "1s"
    config["scrape_configs"][0]["static_configs"] = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in targets.items()
    ]
    (folder / "alerts.yml").write_text(compress((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8")))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    binary = find_prometheus("prometheus")
    assert binary is not None
    options = ("--config.file", folder / "prometheus.yml", "--storage.tsdb.path", folder / "data")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [binary, *options, "--web.listen-address", address], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            ready = f"http://{address}/-/ready"

            def is_ready() -> bool:
                with contextlib.suppress(httpx.HTTPError):
                    return httpx.get(ready).status_code == 200
                return False

            wait_until(is_ready, 60, "Prometheus is ready")
            yield Prometheus(f"http://{address}")
        finally:
            process.terminate()
            process.wait()
