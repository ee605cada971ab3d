"""The base of every event: frozen data, a type name with one version number, and an entry in the catalogue.

Each event class is declared by `@event(...)` in the module of the service that publishes it; only that service
constructs it. The registry below is filled by those declarations and by nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

TYPE_PREFIX = "nl.meedoen"
SCHEMA_BASE = "https://meedoen.example/schemas/"
TIME_MEANING = "The moment the fact was written to the log of the publishing service; when it happened stands in data."
ID_KIND = "A random UUID version 7 (RFC 9562), made when the fact is written; it has no meaning outside the event."

Classification = Literal["public", "internal", "personal", "special"]


@dataclass(frozen=True)
class Topic:
    """One Kafka topic: one publishing service and aggregate; `key_field` names the data field that is the key."""

    name: str
    key_field: str
    partitions: int = 6


@dataclass(frozen=True)
class EventType:
    """The catalogue entry of an event. `retention_days` is how long the event may stay in outbox and topic."""

    name: str
    version: int
    service: str
    topic: Topic
    meaning: str
    classification: Classification
    legal_basis: str
    retention_days: int
    model: type["EventData"]
    id_kind: str = ID_KIND
    time_meaning: str = TIME_MEANING

    @cached_property
    def type(self) -> str:
        """Return the CloudEvents `type`: reverse domain, one number with prefix v (NLGov profile 1.1)."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", self.name).lower()
        return f"{TYPE_PREFIX}.{self.service}.{words}.v{self.version}"

    @cached_property
    def dataschema(self) -> str:
        return f"{SCHEMA_BASE}{self.type}.json"


class EventData(BaseModel):
    """A past-tense fact: ids, codes, dates and cents. Unknown fields of a later, compatible publisher are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    event_type: ClassVar[EventType]

    @property
    def key(self) -> str:
        """Return the record key: events with the same key and topic stay in order."""
        value: UUID | str = getattr(self, self.event_type.topic.key_field)
        return str(value)


_BY_TYPE: dict[str, EventType] = {}
Model = TypeVar("Model", bound=EventData)


def event(  # noqa: PLR0913 - each is one line of the catalogue, named where the event is declared
    *,
    service: str,
    topic: Topic,
    meaning: str,
    legal_basis: str,
    retention_days: int,
    classification: Classification = "personal",
    version: int = 1,
    id_kind: str = ID_KIND,
    time_meaning: str = TIME_MEANING,
) -> Callable[[type[Model]], type[Model]]:
    """Enter a class in the catalogue under its own name."""

    def register(model: type[Model]) -> type[Model]:
        name = re.sub(r"V\d+$", "", model.__name__)
        entry = EventType(
            name,
            version,
            service,
            topic,
            meaning,
            classification,
            legal_basis,
            retention_days,
            model,
            id_kind,
            time_meaning,
        )
        if entry.type in _BY_TYPE:
            raise ValueError(f"{entry.type} is declared twice: raise its version or rename one of the two.")
        if topic.key_field not in model.model_fields:
            raise ValueError(f"{name} lacks {topic.key_field}, the key of topic {topic.name}: add the field.")
        model.event_type = entry
        _BY_TYPE[entry.type] = entry
        return model

    return register


def catalogue() -> dict[str, EventType]:
    """Return every declared type by its CloudEvents `type`, sorted; importing `shared.events` declares them."""
    return dict(sorted(_BY_TYPE.items()))


def find_entry(type_name: str) -> EventType | None:
    """Return the catalogue entry of a CloudEvents `type`; None if there is none."""
    return _BY_TYPE.get(type_name)
