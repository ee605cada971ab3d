"""Events delivered to a running service without a broker: the same inbox, the same bytes, one batch per call."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE, read_event, write_event
from shared.messaging import Subscription
from shared.messaging.inbox import Inbox
from shared.messaging.intake import Message
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.testing.running import RunningService

MUNICIPALITIES = frozenset({"gm0637", "gm0080"})


def on_the_wire(*facts: EventData, municipality: str = "gm0637") -> list[bytes]:
    """Facts as the bytes that another service would publish, each with an id of its own."""
    return [write_event(fact, municipality=municipality).payload for fact in facts]


async def deliver(service: RunningService, subscriptions: Sequence[Subscription], payloads: Sequence[bytes]) -> int:
    """Hand a batch to the service's inbox; how many events were held is the answer. Giving it again is a duplicate."""
    policy = RetryPolicy(attempts_max=3, delay_seconds_first=60, delay_seconds_max=60)
    inbox = Inbox(service.database, subscriptions, MUNICIPALITIES, policy, CoreMetrics(CollectorRegistry()))
    return await inbox.take(inbox.read([_message(payload) for payload in payloads]))


def _message(payload: bytes) -> Message:
    headers = [("content-type", CONTENT_TYPE.encode())]
    envelope = read_event(payload, dict(headers))
    key = (envelope.subject or envelope.id).encode()
    return Message(envelope.type, 0, 0, key, payload, headers)
