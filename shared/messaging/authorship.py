"""Who may publish what: the topic, source and key of a message against the catalogue of events. Look-ups, no I/O.

A message that does not fit was not written by the service that may write it, or by one that is broken: nothing that it
says of itself is believed, neither its id nor its key.
"""

import msgspec

import shared.events  # noqa: F401 - declares every event
from shared.events.base import EventData, catalogue
from shared.events.envelope import DEFAULT_ORGANISATION_OIN, source_urn
from shared.messaging.outcome import HoldReason, Park

_WRONG_TOPIC = Park(
    HoldReason.WRONG_TOPIC,
    "The event is on a topic that its type does not belong to: find who writes there, then discard it.",
)
_WRONG_SOURCE = Park(
    HoldReason.WRONG_SOURCE,
    "The source of the event is not the service that publishes its type here: find who wrote it, then discard it.",
)
_WRONG_KEY = Park(
    HoldReason.WRONG_KEY,
    "The record key is not what the catalogue says, so the event has no place in an order: let the publisher fix it.",
)
_OTHER_MUNICIPALITY = Park(
    HoldReason.IMPLAUSIBLE_DAY,
    "The day is of another municipality than the event itself: find who wrote it, then discard it.",
)
OTHER_BODY = Park(
    HoldReason.OTHER_BODY,
    "An event with this id and another body came before and was the one handled: find who wrote it, then discard it.",
)


class _Entry(msgspec.Struct, frozen=True):
    topic: str
    source: str
    key_field: str
    names_municipality: bool


class Authorship:
    """The catalogue, prepared for one look-up per message; the sources are those of one organisation."""

    def __init__(self, organisation_oin: str = DEFAULT_ORGANISATION_OIN) -> None:
        self._entries = {
            name: _Entry(
                entry.topic.name,
                source_urn(entry.service, organisation_oin),
                entry.topic.key_field,
                "municipality" in entry.model.model_fields,
            )
            for name, entry in catalogue().items()
        }
        self._source_by_topic = {entry.topic: entry.source for entry in self._entries.values()}

    def find_misfit(self, event_type: str, source: str, topic: str) -> Park | None:
        """Return why no publisher of the catalogue can have written this; a type of later than this code may fit."""
        entry = self._entries.get(event_type)
        if entry is None:
            return None if source == self._source_by_topic.get(topic) else _WRONG_SOURCE
        if topic != entry.topic:
            return _WRONG_TOPIC
        return None if source == entry.source else _WRONG_SOURCE

    def find_misfit_of_data(
        self, event_type: str, data: EventData, municipality: str, record_key: bytes | None
    ) -> Park | None:
        """Return why these data are not under their own key or of their own municipality."""
        entry = self._entries[event_type]
        key: str = msgspec.to_builtins(getattr(data, entry.key_field))  # of a UUID, what `str` says, in C
        if record_key != key.encode():
            return _WRONG_KEY
        if entry.names_municipality and getattr(data, "municipality", None) != municipality:
            return _OTHER_MUNICIPALITY
        return None

    def find_misfit_of_subject(self, subject: str | None, record_key: bytes | None) -> Park | None:
        """Return why an event whose data cannot be read is not under the key that it names."""
        return None if subject is not None and record_key == subject.encode() else _WRONG_KEY
