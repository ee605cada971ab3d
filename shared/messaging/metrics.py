"""Every metric of the messaging core, named and described. Labels are closed lists; none is an id.

What is counted in database or broker is not shown while the one that knows it is away.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.messaging.failures import FailureCause
from shared.messaging.outcome import HoldReason
from shared.observability.gauges import AnsweredGauge
from shared.observability.metrics import start_at_zero

_OUTCOMES = ("done", "known", "retry", "park")
_HELD_STATES = ("parked", "retrying", "waiting")
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class CoreMetrics:
    """The core's metrics in one service's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(f"meedoen_{name}", text, labels, registry=registry)

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(f"meedoen_{name}", text, labels, registry=registry)

        def answered(name: str, text: str, labels: Mapping[str, Iterable[str]] | None = None) -> AnsweredGauge:
            return AnsweredGauge(f"meedoen_{name}", text, labels or {}, registry=registry)

        self.outbox_depth_events = answered(
            "outbox_depth_events", "Facts in the outbox that Kafka has not acknowledged"
        )
        self.relay_age_seconds = answered("relay_age_seconds", "Age of the oldest fact not yet acknowledged")
        self.relay_active = gauge("relay_active", "1 where this process's relay holds the lock, else 0")
        self.relay_published = counter("relay_published_events", "Facts acknowledged by Kafka")
        self.relay_failures = counter("relay_failures", "Rounds that failed and were tried again", ("cause",))
        self.consumer_lag_events = answered(
            "consumer_lag_events", "Messages on the topics that the group has not finished"
        )
        self.consumed = counter("consumed_events", "Events by how their handling ended", ("outcome",))
        self.held_events = answered("held_events", "Events held, by state", {"state": _HELD_STATES})
        self.parked_now = answered("parked_now_events", "Events that are parked now, by reason", {"reason": HoldReason})
        self.held_fullest_ratio = answered(
            "held_fullest_ratio", "Events held for the municipality with the most, as part of what may be held"
        )
        self.parked = counter("parked_events", "Events set aside, by reason", ("reason",))
        self.retried = counter("retried_events", "Events put back to be tried again, by reason", ("reason",))
        self.batch_seconds = Histogram(
            "meedoen_consumer_batch_seconds",
            "Time from the first mark of a batch to its commit",
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_failures = counter("consumer_batch_failures", "Batches rolled back and tried again", ("cause",))
        start_at_zero(self.consumed, _OUTCOMES)
        start_at_zero(self.relay_failures, FailureCause)
        start_at_zero(self.batch_failures, FailureCause)
        start_at_zero(self.parked, HoldReason)
        start_at_zero(self.retried, HoldReason)

    def forget(self) -> None:
        """Show nothing of what is counted in database and broker."""
        for gauge in (
            self.outbox_depth_events,
            self.relay_age_seconds,
            self.consumer_lag_events,
            self.held_events,
            self.parked_now,
            self.held_fullest_ratio,
        ):
            gauge.forget()
