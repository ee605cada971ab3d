"""How long a process may take to stop when everything takes its longest, by the settings' defaults."""

from services.notifications.settings import Settings
from shared.messaging.runtime import CONSUMER_STOP_SECONDS_MAX

_DEFAULT = {name: field.default for name, field in Settings.model_fields.items()}


def drained_seconds_max() -> float:
    """Requests, then a round of deliveries, then the batch in hand and its offsets, then the rest of the core."""
    drain_seconds: float = _DEFAULT["shutdown_drain_seconds_max"]
    rounds = -(-_DEFAULT["delivery_batch_messages_max"] // _DEFAULT["delivery_parallel_max"])
    deliveries_seconds: float = rounds * _DEFAULT["smtp_timeout_seconds"]
    return drain_seconds + deliveries_seconds + (drain_seconds + CONSUMER_STOP_SECONDS_MAX) + drain_seconds
