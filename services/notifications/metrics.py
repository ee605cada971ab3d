"""The metrics of notifications, on a registry that the application registers. Labels are code lists, never ids."""

from prometheus_client import CollectorRegistry, Counter

from shared.events.codes import DeliveryProblem
from shared.observability.metrics import start_at_zero

REGISTRY = CollectorRegistry()

MESSAGES_QUEUED = Counter(
    "meedoen_messages_queued", "Messages made and waiting to go out", ("template", "language"), registry=REGISTRY
)
MESSAGES_SENT = Counter("meedoen_messages_sent", "Messages handed over", ("channel",), registry=REGISTRY)
DELIVERIES_RETRIED = Counter(
    "meedoen_deliveries_retried", "Deliveries that failed and will be tried again", ("problem",), registry=REGISTRY
)
DELIVERIES_PARKED = Counter(
    "meedoen_deliveries_parked", "Deliveries set aside for a person to mend", ("problem",), registry=REGISTRY
)
DELIVERY_ROUNDS_FAILED = Counter(
    "meedoen_delivery_rounds_failed",
    "Rounds of the worker that failed whole and were tried again",
    registry=REGISTRY,
)

start_at_zero(DELIVERIES_RETRIED, DeliveryProblem)
start_at_zero(DELIVERIES_PARKED, DeliveryProblem)
