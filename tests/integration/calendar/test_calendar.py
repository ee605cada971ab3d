"""The calendar on a real broker: the last days at its start, each next one at midnight, none twice."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from confluent_kafka import Consumer, TopicPartition

from meedoen.stack.embedded_broker import EmbeddedBroker
from services.calendar import app as calendar_app
from services.calendar.app import DaysNotPublishedError, publish_days, run_calendar
from services.calendar.settings import Settings
from shared.events import DayStarted
from shared.events.envelope import read_data, read_event
from shared.testing import eventually

TOPIC = DayStarted.event_type.topic.name
EVENING = datetime(2026, 3, 28, 22, 59, 58, tzinfo=UTC)  # two seconds before the day on which the clock changes
PublishedDays = Callable[[], list[tuple[str, date]]]


@pytest.fixture
def published(own_broker: EmbeddedBroker) -> Iterator[PublishedDays]:
    """A function that returns everything on the topic so far, in order."""
    consumer = Consumer({"bootstrap.servers": own_broker.bootstrap_servers, "group.id": "test"})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    days: list[tuple[str, date]] = []

    def read() -> list[tuple[str, date]]:
        for record in consumer.consume(1000, timeout=0.2):
            headers: dict[str, bytes | str | None] = dict(record.headers() or [])
            data = read_data(read_event(record.value(), headers))
            assert isinstance(data, DayStarted)
            assert record.key() == data.key.encode()
            days.append((data.municipality, data.date))
        return days

    yield read
    consumer.close()


class Clock:
    """The current moment, set by the test."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def settings(bootstrap_servers: str) -> Settings:
    return Settings(
        municipalities=("gm0637", "gm0080"), kafka_bootstrap_servers=bootstrap_servers, calendar_days_back_max=2
    )


async def test_it_publishes_the_last_days_and_then_each_day_once_when_it_starts(
    own_broker: EmbeddedBroker, published: PublishedDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_app, "WAIT_SECONDS_MAX", 0.05)
    clock, stop = Clock(EVENING), threading.Event()
    process = threading.Thread(
        target=run_calendar, args=(settings(own_broker.bootstrap_servers), stop), kwargs={"now": clock}
    )
    process.start()
    try:
        first = [(code, date(2026, 3, day)) for day in (26, 27, 28) for code in ("gm0637", "gm0080")]
        await eventually(lambda: published() == first)

        clock.moment += timedelta(seconds=3)
        second = [(code, date(2026, 3, 29)) for code in ("gm0637", "gm0080")]
        await eventually(lambda: published() == first + second)

        clock.moment += timedelta(days=2)
        later = [(code, date(2026, 3, day)) for day in (30, 31) for code in ("gm0637", "gm0080")]
        await eventually(lambda: published() == first + second + later)
    finally:
        stop.set()
        process.join()


def test_a_broker_that_does_not_acknowledge_a_day_is_named_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_app, "ACKNOWLEDGE_SECONDS_MAX", 0.3)
    with pytest.raises(
        DaysNotPublishedError,
        match=r"The broker at 127\.0\.0\.1:1 did not acknowledge the days \(.+\): check that it runs",
    ):
        publish_days("127.0.0.1:1", [("gm0637", date(2026, 3, 28))])


def test_a_code_that_is_not_a_municipality_is_refused_before_anything_is_published(
    own_broker: EmbeddedBroker, published: PublishedDays
) -> None:
    days = [("gm0637", date(2026, 3, 28)), ("Zoetermeer", date(2026, 3, 28))]
    with pytest.raises(ValueError, match="Zoetermeer"):
        publish_days(own_broker.bootstrap_servers, days)
    assert published() == []
