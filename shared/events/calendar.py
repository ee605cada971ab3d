"""The events of calendar: a day has started in a municipality. It is the only clock of all services."""

import datetime as dt

from pydantic import Field

from shared.events.base import EventData, Topic, event
from shared.identity import Municipality

SERVICE = "calendar"
DAY = Topic("meedoen.calendar.day", "municipality", partitions=1)


@event(
    service=SERVICE,
    topic=DAY,
    meaning="A calendar day has started, by the clock of the Netherlands.",
    legal_basis="none needed: no personal data",
    retention_days=365,
    classification="public",
    id_kind="Derived from municipality and date, so that a day told twice is one event; in shape a UUID version 7.",
    time_meaning="The start of the day by the clock of the Netherlands.",
)
class DayStarted(EventData):
    municipality: Municipality
    date: dt.date = Field(description="The day")
