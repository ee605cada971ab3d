"""The Prometheus metrics of HTTP, on a registry per service. Labels are closed sets, never paths or ids."""

from collections.abc import Iterable
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

METRICS_CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN_ROUTE: Final = "unknown"
# Those that a service answers; any other shows with its first answer.
_STATUS_CODES: Final = "200 201 204 304 400 401 403 404 405 406 409 411 412 413 415 422 429 500 503 504"
STATUSES: Final = tuple(_STATUS_CODES.split())
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def closed_method(method: str) -> str:
    """Return the method, or "other" for one that is not a standard method."""
    return method if method in METHODS else "other"


def new_registry() -> CollectorRegistry:
    """Return a registry with the metrics of the process (memory, CPU, open files)."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def start_at_zero(metric: Counter | Gauge, *codes: Iterable[str]) -> None:
    """Show a metric as 0 for each combination of its labels' codes before anything is counted.

    Prometheus sees a rise only of a series that it has looked at before; one that is born with its first event never
    rose.
    """
    for labels in product(*codes):
        metric.labels(*labels)


def exposition(registry: CollectorRegistry) -> bytes:
    """Return everything in the registry in the text format of Prometheus."""
    return generate_latest(registry)


class HttpMetrics:
    """Requests by method, route template and status; whether dependencies are up; who has no policy of their own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests_total", "Answered HTTP requests", ("method", "route", "status"), registry=registry
        )
        self._responses = Counter(
            "http_responses",
            "Answered HTTP requests by status alone, each shown from the start",
            ("status",),
            registry=registry,
        )
        start_at_zero(self._responses, STATUSES)
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time from request to answer",
            ("method", "route"),
            buckets=_SECONDS,
            registry=registry,
        )
        self.dependency_up = Gauge(
            "dependency_up",
            "Whether the service reaches what it depends on (1) or not (0)",
            ("check",),
            registry=registry,
        )
        self.without_policy = Gauge(
            "meedoen_municipalities_without_policy",
            "Municipalities that are served and have no policy of their own in this service",
            registry=registry,
        )

    def observe(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a response. `route` is the template, None if no route matched: unknown paths add no label."""
        method = closed_method(method)
        self._requests.labels(method, route or UNKNOWN_ROUTE, str(status)).inc()
        self._responses.labels(str(status)).inc()
        self._seconds.labels(method, route or UNKNOWN_ROUTE).observe(seconds)
