"""The status of a run: processes, health, outbox, lag, held events, relay. Reading it changes nothing.

A run is quiet when no event is on its way: every outbox is sent, every group has finished its topics, no held event is
retried soon, nothing waits to be delivered. One quiet reading can miss an event between two stages; two in a row with
the same outbox positions cannot.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from meedoen.stack import service_process as process
from meedoen.stack.postgres import find_postgres
from meedoen.stack.probes import BrokerProbe, DatabaseFigures, DatabaseProbe
from meedoen.stack.state import RunState, find_run_security
from shared.service_names import CALENDAR

OUTBOX_AGE_SECONDS_MAX = 30.0
HealthWord = Literal["ready", "not ready", "down", "left out"]


@dataclass(frozen=True)
class ServiceStatus:
    """One service now; `figures` is None if its database does not answer, `consumer_lag` if no broker does."""

    service: str
    address: str
    pid: int | None
    health: HealthWord
    reason: str
    figures: DatabaseFigures | None
    consumer_lag: int | None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs attention; for a service that is left out, only its counts show what waits."""
        figures = self.figures
        return self.health == "left out" or (
            self.health == "ready"
            and self.consumer_lag is not None
            and figures is not None
            and figures.relay_active
            and figures.held_parked == 0
            and figures.outbox_age_seconds <= OUTBOX_AGE_SECONDS_MAX
        )

    @property
    def pending_work(self) -> list[str]:
        """The counts of what this service still has to do, in words; empty if nothing."""
        if self.figures is None:
            return ["its database does not answer"]
        if self.consumer_lag is None:
            return ["the broker does not answer"]
        counts = {
            "in its outbox": self.figures.outbox_depth,
            "to consume": self.consumer_lag,
            "held and due": self.figures.due,
            "to deliver": self.figures.queued,
        }
        return [f"{count} {what}" for what, count in counts.items() if count]

    def as_dict(self) -> dict[str, Any]:
        figures = asdict(self.figures) if self.figures else {}
        visible = {name: value for name, value in figures.items() if name not in ("last_position", "due")}
        return {
            "service": self.service,
            "address": self.address,
            "pid": self.pid,
            "health": self.health,
            "reason": self.reason,
            "is_well": self.is_well,
            "consumer_lag": self.consumer_lag,
            **visible,
        }


@dataclass(frozen=True)
class RunStatus:
    """The whole run now."""

    state_dir: str
    postgres_up: bool
    broker: str
    broker_address: str
    broker_up: bool
    calendar: Literal["up", "down", "off"]
    services: tuple[ServiceStatus, ...]

    @property
    def is_well(self) -> bool:
        return (
            self.postgres_up
            and self.broker_up
            and self.calendar != "down"
            and bool(self.services)
            and all(service.is_well for service in self.services)
        )

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "is_well": self.is_well, "services": [service.as_dict() for service in self.services]}


class RunMonitor:
    """Reads the status of a run over connections that it keeps; make a new one when an address has changed."""

    def __init__(self, run: RunState) -> None:
        self._run = run
        self._databases = DatabaseProbe(
            {name: database.operator_url for name, database in run.databases.items()}, run.municipalities
        )
        self._broker = BrokerProbe(run.bootstrap_servers, find_run_security(run)) if run.bootstrap_servers else None

    def close(self) -> None:
        self._databases.close()

    def status(self) -> RunStatus:
        run = self._run
        figures, lags = self._databases.read(), self._lags()
        services = tuple(self._service_status(name, figures.get(name), lags) for name in run.databases)
        return RunStatus(
            state_dir=run.home,
            postgres_up=_is_postgres_up(run, figures),
            broker=run.broker,
            broker_address=run.bootstrap_servers,
            broker_up=lags is not None,
            calendar=self._calendar_status(),
            services=services,
        )

    def read_movement(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        """Return what is on its way by service (services with nothing left out), and each outbox's last position."""
        figures = self._databases.read()
        lags = self._lags() or {}
        busy = {}
        for name, service_figures in figures.items():
            status = ServiceStatus(name, "", None, "ready", "", service_figures, lags.get(name))
            busy[name] = status.pending_work
        return {name: words for name, words in busy.items() if words}, {
            name: service_figures.last_position
            for name, service_figures in figures.items()
            if service_figures is not None
        }

    def _lags(self) -> dict[str, int] | None:
        if self._broker is None:
            return None
        return self._broker.lags({name: self._run.topics.get(name, []) for name in self._run.databases})

    def _service_status(
        self, name: str, figures: DatabaseFigures | None, lags: Mapping[str, int] | None
    ) -> ServiceStatus:
        state, pid = self._run.processes.get(name), process.running_pid(self._run, name)
        is_left_out = name in self._run.left_out
        can_answer = state is not None and (pid is not None or is_left_out)
        readiness = (
            process.get_readiness(state.port) if state and can_answer else process.Readiness(False, "does not run")
        )
        health: HealthWord = "ready" if readiness.ready else "not ready" if pid else "down"
        if is_left_out:
            sentence = f"left out of this run; at its address: {'ready' if readiness.ready else readiness.reason}"
            health, readiness = "left out", process.Readiness(readiness.ready, sentence)
        address = f"http://127.0.0.1:{state.port}" if state else ""
        return ServiceStatus(
            name, address, pid, health, readiness.reason, figures, None if lags is None else lags[name]
        )

    def _calendar_status(self) -> Literal["up", "down", "off"]:
        if not self._run.has_calendar:
            return "off"
        return "up" if process.running_pid(self._run, CALENDAR) else "down"


def _is_postgres_up(run: RunState, figures: Mapping[str, DatabaseFigures | None]) -> bool:
    if run.admin_url is not None:
        return any(service_figures is not None for service_figures in figures.values())
    return find_postgres(Path(run.home)) is not None
