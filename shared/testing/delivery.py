"""Deliver events to a running service without a broker: the same inbox, the same bytes, one batch per call."""

import asyncio
from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from shared.events.base import EventData
from shared.events.envelope import CONTENT_TYPE, find_type, read_event, write_event
from shared.messaging import Subscription
from shared.messaging.decoding import Message
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.messaging.retries import Retries
from shared.testing.running_service import RunningService

MUNICIPALITIES = frozenset({"gm0637", "gm0080"})


def encode_events(*facts: EventData, municipality: str = "gm0637") -> list[bytes]:
    """Return events as the bytes that another service would publish, each with an id of its own."""
    return [write_event(fact, municipality=municipality).payload for fact in facts]


async def deliver(service: RunningService, subscriptions: Sequence[Subscription], payloads: Sequence[bytes]) -> int:
    """Hand a batch to the inbox of the service; return how many events were held. A second call is a duplicate."""
    inbox = _inbox(service, subscriptions)
    return await inbox.handle_batch(inbox.decode([_message(payload) for payload in payloads]))


async def retry_held(service: RunningService, subscriptions: Sequence[Subscription]) -> bool:
    """Retry the held events of one key that is due; return False if none is."""
    return await Retries(service.database, _inbox(service, subscriptions), asyncio.Event()).retry_one_queue()


def _inbox(service: RunningService, subscriptions: Sequence[Subscription]) -> Inbox:
    policy = RetryPolicy(attempts_max=3, delay_seconds_first=60, delay_seconds_max=60)
    return Inbox(service.database, subscriptions, MUNICIPALITIES, policy, CoreMetrics(CollectorRegistry()))


def _message(payload: bytes) -> Message:
    headers = [("content-type", CONTENT_TYPE.encode())]
    envelope = read_event(payload, dict(headers))
    key = (envelope.subject or envelope.id).encode()
    entry = find_type(envelope)
    return Message(entry.topic.name if entry else envelope.type, 0, 0, key, payload, headers)
