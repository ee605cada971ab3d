"""Every subscription sets its delivery semantics explicitly; the default of the library would acknowledge first."""

import asyncio
from importlib import import_module
from typing import Any

import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry

from shared.database.transactions import Database
from shared.messaging.consumer import Consumer
from shared.messaging.inbox import Inbox
from shared.messaging.metrics import CoreMetrics
from shared.messaging.outcome import RetryPolicy
from shared.service_names import SERVICES

NOWHERE = "127.0.0.1:1"


def subscribers_of(service: str) -> list[Any]:
    """Return the subscribers of the broker of a service, built from its subscription table."""
    subscriptions = import_module(f"services.{service}.app").SUBSCRIPTIONS
    metrics = CoreMetrics(CollectorRegistry())
    database = Database(f"postgresql://nobody@{NOWHERE}/none", service=service)
    inbox = Inbox(database, subscriptions, frozenset({"gm0637"}), RetryPolicy(3, 1.0, 60.0), metrics)
    topics = sorted({line.event.event_type.topic.name for line in subscriptions})
    consumer = Consumer(NOWHERE, service=service, topics=topics, inbox=inbox, metrics=metrics, on_held=asyncio.Event())
    return list(consumer.broker.subscribers)


def list_defaults(subscriber: Any, service: str) -> list[str]:
    """Return the settings that a subscription leaves to the library, or sets wrongly."""
    options = subscriber._connection_args
    explicit = {
        "acknowledge by hand": subscriber.ack_policy is AckPolicy.MANUAL and options["enable_auto_commit"] is False,
        "the service's own group": subscriber.group_id == f"meedoen-{service}",
        "from the earliest": options["auto_offset_reset"] == "earliest",
        "a bounded batch": bool(subscriber.max_records),
    }
    return [name for name, is_set in explicit.items() if not is_set]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sets_how_events_are_delivered_to_it(service: str) -> None:
    subscribers = subscribers_of(service)
    assert subscribers
    assert [list_defaults(subscriber, service) for subscriber in subscribers] == [[]] * len(subscribers)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_consumes_each_topic_of_its_table_and_handles_each_event_once(service: str) -> None:
    subscriptions = import_module(f"services.{service}.app").SUBSCRIPTIONS
    events = [line.event for line in subscriptions]
    assert len(events) == len(set(events))
    topics = {topic.name for subscriber in subscribers_of(service) for topic in subscriber.topics}
    assert topics == {event.event_type.topic.name for event in events}


def test_a_subscription_left_to_the_library_is_found() -> None:
    broker = KafkaBroker(NOWHERE)
    broker.subscriber("a-topic", batch=True)(lambda message: message)
    (subscriber,) = broker.subscribers
    assert list_defaults(subscriber, "intake") == [
        "acknowledge by hand",
        "the service's own group",
        "from the earliest",
        "a bounded batch",
    ]
