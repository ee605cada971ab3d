"""How a run fares, in one picture: processes, health, outbox, lag, held events, relay. Nothing of it changes anything.

A run is quiet when nothing is on its way: every outbox is sent, every group has finished its topics, no held event is
about to be tried again, nothing waits to be delivered. One quiet look can miss a fact between two places; two in a
row with no outbox having moved in between can not.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from meedoen.stack import service_process as process
from meedoen.stack.observe import BrokerLook, DatabaseLook, Facts
from meedoen.stack.postgres import find_postgres
from meedoen.stack.state import KeptRun
from shared.service_names import CALENDAR

OUTBOX_AGE_SECONDS_MAX = 30.0
HealthWord = Literal["ready", "not ready", "down", "left out"]


@dataclass(frozen=True)
class ServiceStatus:
    """One service now; `facts` is None when its database does not answer, `consumer_lag` when no broker does."""

    service: str
    address: str
    pid: int | None
    health: HealthWord
    reason: str
    facts: Facts | None
    consumer_lag: int | None

    @property
    def is_well(self) -> bool:
        """A service that is left out is nobody's fault; what waits for it is seen in its counts."""
        facts = self.facts
        return self.health == "left out" or (
            self.health == "ready"
            and self.consumer_lag is not None
            and facts is not None
            and facts.relay_active
            and facts.held_parked == 0
            and facts.outbox_age_seconds <= OUTBOX_AGE_SECONDS_MAX
        )

    @property
    def busy_with(self) -> list[str]:
        """What is still on its way here, in words; empty when nothing is."""
        if self.facts is None:
            return ["its database does not answer"]
        if self.consumer_lag is None:
            return ["the broker does not answer"]
        counts = {
            "in its outbox": self.facts.outbox_depth,
            "to consume": self.consumer_lag,
            "held and due": self.facts.due,
            "to deliver": self.facts.queued,
        }
        return [f"{count} {what}" for what, count in counts.items() if count]

    def as_dict(self) -> dict[str, Any]:
        facts = asdict(self.facts) if self.facts else {}
        shown = {name: value for name, value in facts.items() if name not in ("last_position", "due")}
        return {
            "service": self.service,
            "address": self.address,
            "pid": self.pid,
            "health": self.health,
            "reason": self.reason,
            "is_well": self.is_well,
            "consumer_lag": self.consumer_lag,
            **shown,
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
        return {**asdict(self), "is_well": self.is_well, "services": [one.as_dict() for one in self.services]}


class Watch:
    """Keeps its connections between two looks; make a new one when an address has changed."""

    def __init__(self, run: KeptRun) -> None:
        self._run = run
        self._databases = DatabaseLook({name: kept.url for name, kept in run.databases.items()}, run.municipalities)
        self._broker = BrokerLook(run.bootstrap_servers) if run.bootstrap_servers else None

    def close(self) -> None:
        self._databases.close()

    def status(self) -> RunStatus:
        run = self._run
        facts, lags = self._databases.look(), self._lags()
        services = tuple(self._service(name, facts.get(name), lags) for name in run.databases)
        return RunStatus(
            state_dir=run.home,
            postgres_up=_postgres_up(run, facts),
            broker=run.broker,
            broker_address=run.bootstrap_servers,
            broker_up=lags is not None,
            calendar=self._calendar(),
            services=services,
        )

    def movement(self) -> tuple[dict[str, list[str]], dict[str, int]]:
        """What is on its way by service (no words: nothing), and each outbox's last position."""
        facts = self._databases.look()
        lags = self._lags() or {}
        busy = {}
        for name, seen in facts.items():
            status = ServiceStatus(name, "", None, "ready", "", seen, lags.get(name))
            busy[name] = status.busy_with
        return {name: words for name, words in busy.items() if words}, {
            name: seen.last_position for name, seen in facts.items() if seen is not None
        }

    def _lags(self) -> dict[str, int] | None:
        if self._broker is None:
            return None
        return self._broker.lags({name: self._run.topics.get(name, []) for name in self._run.databases})

    def _service(self, name: str, facts: Facts | None, lags: Mapping[str, int] | None) -> ServiceStatus:
        kept, pid = self._run.processes.get(name), process.living_pid(self._run, name)
        is_left_out = name in self._run.left_out
        is_asked = kept is not None and (pid is not None or is_left_out)
        answer = process.ask_ready(kept.port) if kept and is_asked else process.Answer(False, "does not run")
        health: HealthWord = "ready" if answer.ready else "not ready" if pid else "down"
        if is_left_out:
            sentence = f"left out of this run; at its address: {'ready' if answer.ready else answer.reason}"
            health, answer = "left out", process.Answer(answer.ready, sentence)
        address = f"http://127.0.0.1:{kept.port}" if kept else ""
        return ServiceStatus(name, address, pid, health, answer.reason, facts, None if lags is None else lags[name])

    def _calendar(self) -> Literal["up", "down", "off"]:
        if not self._run.has_calendar:
            return "off"
        return "up" if process.living_pid(self._run, CALENDAR) else "down"


def _postgres_up(run: KeptRun, facts: Mapping[str, Facts | None]) -> bool:
    if run.admin_url is not None:
        return any(seen is not None for seen in facts.values())
    return find_postgres(Path(run.home)) is not None
