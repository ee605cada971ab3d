"""The calendar's event: the same day gives the same id and the same bytes, wherever and whenever it is published."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.calendar.app import day_event
from shared.calendar import amsterdam_date, day_id, day_start
from shared.events import DayStarted
from shared.events.envelope import read_data, read_event


def test_a_day_starts_at_midnight_in_the_netherlands_also_when_the_clock_changes() -> None:
    assert day_start(date(2026, 3, 29)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert day_start(date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert day_start(date(2026, 10, 26)) == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_the_id_follows_from_municipality_and_day_and_begins_with_its_moment() -> None:
    """Written out by hand, so that no change of code gives a day that was published already another id."""
    assert day_id("gm0637", date(2026, 7, 1)) == UUID("019f1a8b-d700-7502-9117-0ee338d3cccb")
    assert day_id("gm0637", date(2026, 7, 1)).int >> 80 == datetime(2026, 6, 30, 22, tzinfo=UTC).timestamp() * 1000


def test_every_day_of_every_municipality_has_an_id_of_its_own_in_the_form_of_version_7() -> None:
    first = date(2026, 1, 1)
    pairs = [(f"gm{code:04}", first + timedelta(days=step)) for code in (80, 363, 637) for step in range(800)]
    ids = [day_id(*pair) for pair in pairs]

    assert len(set(ids)) == len(pairs)
    assert {(event_id.version, event_id.variant) for event_id in ids} == {(7, "specified in RFC 4122")}


def test_telling_a_day_again_gives_the_same_bytes_and_they_read_as_that_day() -> None:
    first, repeat_advice = day_event("gm0080", date(2026, 12, 31)), day_event("gm0080", date(2026, 12, 31))
    envelope = read_event(first.payload, {"content-type": "application/cloudevents+json"})

    assert first == repeat_advice
    assert (first.topic, first.key) == ("meedoen.calendar.day", "gm0080")
    assert read_data(envelope) == DayStarted(municipality="gm0080", date=date(2026, 12, 31))
    assert amsterdam_date(datetime.fromisoformat(str(envelope.time))) == date(2026, 12, 31)
