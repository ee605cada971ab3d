"""The calendar: publishes for each municipality that a day has started, and is the only clock of the services.

The id and the bytes of a day's event follow from municipality and date, so publishing a day twice changes nothing.
`run_calendar` publishes each day at its start in Europe/Amsterdam, and the last days when it starts itself; the demo
and the tests publish the days that they need by `publish_days`.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from services.calendar.settings import Settings
from shared.calendar import amsterdam_date, day_id, day_start
from shared.events import DayStarted
from shared.events.envelope import CONTENT_TYPE, DEFAULT_ORGANISATION_OIN, WrittenEvent, write_event
from shared.messaging.security import PLAINTEXT, CredentialsError, KafkaSecurity, build_security
from shared.settings import load_settings

ACKNOWLEDGE_SECONDS_MAX = 30.0
AWAY_PAUSE_SECONDS = 5.0
# A machine that was suspended or whose clock was set must not miss midnight by more than this.
WAIT_SECONDS_MAX = 60.0

_LOG = structlog.get_logger("meedoen.calendar")
_LIBRARY_LOG = logging.getLogger("meedoen.calendar.librdkafka")
_LIBRARY_LOG.addHandler(logging.NullHandler())
_LIBRARY_LOG.propagate = False

Day = tuple[str, date]


class DaysNotPublishedError(RuntimeError):
    """The broker did not acknowledge the days in time; the sentence says which broker and why."""


def day_event(municipality: str, day: date, *, organisation_oin: str = DEFAULT_ORGANISATION_OIN) -> WrittenEvent:
    """Return DayStarted as it goes over the wire; ValueError for a code that is not a municipality."""
    return write_event(
        DayStarted(municipality=municipality, date=day),
        municipality=municipality,
        logged_at=day_start(day),
        event_id=day_id(municipality, day),
        organisation_oin=organisation_oin,
    )


def publish_days(
    bootstrap_servers: str,
    days: Iterable[Day],
    *,
    organisation_oin: str = DEFAULT_ORGANISATION_OIN,
    security: KafkaSecurity = PLAINTEXT,
) -> int:
    """Publish (municipality, day) pairs in their order; return how many, once every one is acknowledged.

    DaysNotPublishedError if the broker does not acknowledge them within ACKNOWLEDGE_SECONDS_MAX.
    """
    events = [day_event(municipality, day, organisation_oin=organisation_oin) for municipality, day in days]
    producer = _build_producer(bootstrap_servers, security)
    failed: list[KafkaError] = []

    def report(error: KafkaError | None, _message: object) -> None:
        if error is not None:
            failed.append(error)

    headers: list[tuple[str, str | bytes | None]] = [("content-type", CONTENT_TYPE.encode())]
    try:
        for event in events:
            producer.produce(event.topic, event.payload, event.key.encode(), headers=headers, on_delivery=report)
            producer.poll(0)
        unacknowledged = producer.flush(ACKNOWLEDGE_SECONDS_MAX)
    except (KafkaException, BufferError) as problem:
        raise _not_published(bootstrap_servers, str(problem)) from problem
    if failed or unacknowledged:
        raise _not_published(bootstrap_servers, failed[0].str() if failed else "no broker acknowledged them in time")
    return len(events)


def run_calendar(
    settings: Settings, stop: threading.Event, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Publish the last days and then each day at its start, until `stop` is set; wait for a broker that is away."""
    next_day = amsterdam_date(now()) - timedelta(days=settings.calendar_days_back_max)
    while not stop.is_set():
        moment = now()
        due = _list_days(next_day, amsterdam_date(moment))
        try:
            _publish(settings, due)
        except DaysNotPublishedError as error:
            _LOG.warning("days_not_told", reason=str(error))
            stop.wait(AWAY_PAUSE_SECONDS)
            continue
        next_day = max(next_day, amsterdam_date(moment) + timedelta(days=1))
        stop.wait(min(max((day_start(next_day) - moment).total_seconds(), 0.01), WAIT_SECONDS_MAX))


def _publish(settings: Settings, days: Sequence[date]) -> None:
    if not days:
        return
    pairs = [(municipality, day) for day in days for municipality in settings.municipalities]
    publish_days(
        settings.kafka_bootstrap_servers,
        pairs,
        organisation_oin=settings.organisation_oin,
        security=build_security(settings),
    )
    _LOG.info("days_told", first=days[0].isoformat(), last=days[-1].isoformat(), municipalities=len(pairs) // len(days))


def _list_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _build_producer(bootstrap_servers: str, security: KafkaSecurity) -> Producer:
    """Build a producer for one call, so that the calendar holds no connection and no old password between two days."""
    try:
        options = security.librdkafka_options()
    except CredentialsError as problem:
        raise DaysNotPublishedError(str(problem)) from None
    return Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "client.id": "meedoen-calendar",
            "acks": "all",
            # A day published twice changes nothing, and an idempotent producer takes half a second to start.
            "max.in.flight.requests.per.connection": 1,
            "partitioner": "murmur2_random",
            "linger.ms": 2,
            "delivery.timeout.ms": int(ACKNOWLEDGE_SECONDS_MAX * 1000),
            "allow.auto.create.topics": False,
            **options,
        },
        logger=_LIBRARY_LOG,
    )


def _not_published(bootstrap_servers: str, reason: str) -> DaysNotPublishedError:
    return DaysNotPublishedError(
        f"The broker at {bootstrap_servers} did not acknowledge the days ({reason}): check that it runs."
    )


def serve_calendar() -> None:
    """Run the calendar until SIGTERM or SIGINT, with settings from the environment."""
    from shared.observability.logs import configure_logging

    settings = load_settings(Settings)
    configure_logging("calendar")
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    run_calendar(settings, stop)
