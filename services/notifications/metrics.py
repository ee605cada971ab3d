"""The metrics of notifications, on a registry that the application registers. Labels are code lists, never ids."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from services.notifications.messages.rules.messages import MessageProblem
from shared.events.codes import MessageChannel
from shared.observability.gauges import AnsweredGauge
from shared.observability.metrics import start_at_zero

REGISTRY = CollectorRegistry()

MESSAGES_MADE = AnsweredGauge(
    "meedoen_messages_made", "Messages made so far", ("template", "language"), registry=REGISTRY
)
MESSAGES_SENT = AnsweredGauge(
    "meedoen_messages_sent", "Messages handed over so far", {"channel": MessageChannel}, registry=REGISTRY
)
MESSAGES_WAITING = AnsweredGauge(
    "meedoen_messages_waiting", "Messages that wait to go out", {"channel": MessageChannel}, registry=REGISTRY
)
MESSAGES_PARKED = AnsweredGauge(
    "meedoen_messages_parked",
    "Messages set aside for a person to mend",
    {"problem": MessageProblem},
    registry=REGISTRY,
)
DELIVERIES_RETRIED = Counter(
    "meedoen_deliveries_retried", "Deliveries that failed and will be tried again", ("problem",), registry=REGISTRY
)
DELIVERY_ROUNDS_FAILED = Counter(
    "meedoen_delivery_rounds_failed",
    "Rounds of the worker that failed whole and were tried again",
    registry=REGISTRY,
)
SPOOL_FILES_PURGED = Counter(
    "meedoen_spool_files_purged", "Files that left the spool folder after their retention", registry=REGISTRY
)
WEBHOOK_DOCUMENTS_DELIVERED = Counter(
    "meedoen_webhook_documents_delivered", "Documents that webhooks accepted", registry=REGISTRY
)
WEBHOOK_ROUNDS_FAILED = Counter(
    "meedoen_webhook_rounds_failed", "Rounds that ended as the partner was away", ("problem",), registry=REGISTRY
)
WEBHOOK_ROUND_SECONDS = Histogram(
    "meedoen_webhook_round_seconds", "Duration of a round of deliveries to one webhook", registry=REGISTRY
)

GAUGES = (MESSAGES_MADE, MESSAGES_SENT, MESSAGES_WAITING, MESSAGES_PARKED)
start_at_zero(DELIVERIES_RETRIED, MessageProblem)
