"""Topics on an Apache Kafka broker: created if missing, with exactly the requested partitions.

A topic that exists with another count is refused: a different count sends a person's events to another partition, and
thereby out of order.
"""

import logging
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from meedoen.stack.errors import LocalError
from meedoen.stack.processes import wait_until
from shared.messaging.security import PLAINTEXT, CredentialsError, KafkaSecurity

REQUEST_SECONDS_MAX = 15.0
POLL_SECONDS = 0.1
PROBE_SECONDS = 1.0
# The broker's own default: one on a single machine, more in a region.
REPLICATION_DEFAULT = -1

_LIBRARY_LOG = logging.getLogger("meedoen.local.librdkafka")
_LIBRARY_LOG.addHandler(logging.NullHandler())
_LIBRARY_LOG.propagate = False


def partition_counts(
    bootstrap_servers: str, *, timeout_seconds: float = PROBE_SECONDS, security: KafkaSecurity = PLAINTEXT
) -> dict[str, int] | None:
    """Return the number of partitions of each topic on the broker; None if no broker answers."""
    return read_partition_counts(create_admin_client(bootstrap_servers, security=security), timeout_seconds)


def read_partition_counts(admin: AdminClient, timeout_seconds: float) -> dict[str, int] | None:
    """Return the number of partitions of each topic, read over this client; None if no broker answers."""
    try:
        metadata = admin.list_topics(timeout=timeout_seconds)
    except KafkaException:
        return None
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}


def create_topics(
    bootstrap_servers: str,
    topics: dict[str, int],
    *,
    deadline_seconds: float = 30.0,
    replication: int = REPLICATION_DEFAULT,
    security: KafkaSecurity = PLAINTEXT,
) -> None:
    """Create the missing topics, with this many copies, and return when the broker shows them all.

    Raise LocalError if the broker does not answer or refuses, or a topic exists with another partition count.
    """
    present = partition_counts(bootstrap_servers, timeout_seconds=REQUEST_SECONDS_MAX, security=security)
    if present is None:
        raise LocalError(f"No Kafka broker answers at {bootstrap_servers}: start it, or correct the address.")
    _require_equal_counts(bootstrap_servers, topics, present)
    missing = [NewTopic(name, count, replication) for name, count in topics.items() if name not in present]
    if missing:
        _create(bootstrap_servers, missing, security)
    wait_until(
        lambda: topics.items() <= (partition_counts(bootstrap_servers, security=security) or {}).items(),
        deadline_seconds=deadline_seconds,
        failure=lambda: f"Kafka at {bootstrap_servers} does not show the topics within {deadline_seconds:.0f} s.",
        interval_seconds=POLL_SECONDS,
    )


def _create(bootstrap_servers: str, missing: list[NewTopic], security: KafkaSecurity) -> None:
    admin = create_admin_client(
        bootstrap_servers, security=security
    )  # held until the answers are in: without it they never come
    answers = admin.create_topics(missing, request_timeout=REQUEST_SECONDS_MAX)
    for name, answer in answers.items():
        try:
            answer.result()
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise LocalError(f"Kafka at {bootstrap_servers} refuses topic {name}: {reason.str()}.") from error


def _require_equal_counts(bootstrap_servers: str, topics: dict[str, int], present: dict[str, int]) -> None:
    for name, count in topics.items():
        if present.get(name, count) != count:
            raise LocalError(
                f"Topic {name} at {bootstrap_servers} has {present[name]} partitions instead of {count}: "
                "delete that topic, or use another broker."
            )


def create_admin_client(
    bootstrap_servers: str, *, timeout_seconds: float = REQUEST_SECONDS_MAX, security: KafkaSecurity = PLAINTEXT
) -> AdminClient:
    """Return a client that logs nothing: a broker that is not there yet is not worth a line on the screen."""
    settings: dict[str, Any] = {
        "bootstrap.servers": bootstrap_servers,
        "socket.timeout.ms": int(1000 * timeout_seconds),
        **_read_options(security),
    }
    try:
        return AdminClient(settings, logger=_LIBRARY_LOG)
    except KafkaException as problem:  # a token that nobody issues
        raise LocalError(f"No connection to Kafka can be made: {problem.args[0].str()}.") from None


def _read_options(security: KafkaSecurity) -> dict[str, Any]:
    try:
        return security.librdkafka_options()
    except CredentialsError as problem:
        raise LocalError(str(problem)) from None
