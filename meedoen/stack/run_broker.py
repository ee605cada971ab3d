"""The broker of a run: the embedded one, Apache Kafka of our own, or one at an external address."""

import os
from dataclasses import dataclass
from pathlib import Path

from meedoen.stack.broker import BrokerProcess
from meedoen.stack.embedded_broker import find_embedded_broker, start_embedded_broker
from meedoen.stack.errors import LocalError
from meedoen.stack.processes import Progress
from meedoen.stack.state import RunState

KINDS = ("embedded", "kafka")
ADDRESS_SETTING = "KAFKA_BOOTSTRAP_SERVERS"


@dataclass(frozen=True)
class StartedBroker:
    """A running broker; `is_new` says that it is empty, so that the log must be published again."""

    process: BrokerProcess
    is_new: bool
    is_started_now: bool


def topic_partitions() -> dict[str, int]:
    """Return every topic of the contract with its number of partitions."""
    from shared.events import topics

    return {name: topic.partitions for name, topic in topics().items()}


def choose_kind(run: RunState, requested: str | None) -> str:
    """Return the kind of broker: the requested one, else the one this run has, else Kafka if an address is set."""
    if requested is not None and requested not in KINDS:
        raise LocalError(f"There is no broker '{requested}': choose from {', '.join(KINDS)}.")
    return requested or run.broker or ("kafka" if os.environ.get(ADDRESS_SETTING) else "embedded")


def start_broker(run: RunState, kind: str, *, parent_pid: int | None, progress: Progress) -> StartedBroker:
    """Return the broker of this run; start it if it is not running."""
    home = Path(run.home)
    if kind == "embedded":
        is_new = find_embedded_broker(home) is None
        if is_new:
            progress("Starting the embedded broker ...")
        embedded = start_embedded_broker(home, topic_partitions(), parent_pid=parent_pid)
        return StartedBroker(embedded, is_new=is_new, is_started_now=is_new)
    from meedoen.stack.kafka import start_kafka

    is_new = run.broker not in ("", kind)
    external = _find_external_broker(run)
    if external is not None:
        return StartedBroker(external, is_new=is_new, is_started_now=False)
    was_down = find_broker(run) is None
    kafka = start_kafka(home, topic_partitions(), on_progress=progress, parent_pid=parent_pid, is_secure=run.is_secure)
    return StartedBroker(kafka, is_new=is_new, is_started_now=was_down)


def find_broker(run: RunState) -> BrokerProcess | None:
    """Return the broker of this run if it is running and is ours."""
    home = Path(run.home)
    if run.broker != "kafka":
        embedded = find_embedded_broker(home)
        if embedded is not None or run.broker == "embedded":
            return embedded
    if run.given_broker is not None:
        return None
    if not any((home / name).exists() for name in ("kafka/node.json", "kafka-container.json")):
        return None
    from meedoen.stack.kafka import find_kafka

    return find_kafka(home, topic_partitions())


def _find_external_broker(run: RunState) -> BrokerProcess | None:
    """Return the broker at the address in the environment, or at the one this run was created with."""
    address = os.environ.get(ADDRESS_SETTING)
    if run.broker == "kafka" and address not in (None, run.given_broker):
        raise LocalError(
            f"The run in {run.home} belongs to another broker than the one in {ADDRESS_SETTING}: "
            "unset it, or choose another folder with --state."
        )
    run.given_broker = address or run.given_broker
    if run.given_broker is None:
        return None
    from meedoen.stack.kafka import ExternalBroker
    from meedoen.stack.topics import create_topics

    create_topics(run.given_broker, topic_partitions())
    return ExternalBroker(run.given_broker)
