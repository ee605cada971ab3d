"""A line of the subscription table of a service, and what its handler receives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import msgspec

from shared.events.base import EventData
from shared.events.envelope import parse_moment
from shared.messaging.outcome import Outcome

if TYPE_CHECKING:  # the database writes to the outbox of this package, so it cannot be imported here
    from shared.database.transactions import Transaction

Fact = TypeVar("Fact", bound=EventData)


class Received(msgspec.Struct, Generic[Fact], frozen=True, gc=False):
    """An event as a handler sees it: its data, validated against the contract, and where it came from."""

    data: Fact
    event_id: UUID
    municipality: str
    logged: str | None = None

    @property
    def logged_at(self) -> datetime | None:
        """Return the moment at which the publishing service recorded the fact; None if the event has no time."""
        return parse_moment(self.logged) if self.logged else None


Handler = Callable[[Received[Any], "Transaction"], Awaitable[Outcome]]
Unfinished = Mapping[UUID, Outcome]
BatchHandler = Callable[[Sequence[Received[Any]], "Transaction"], Awaitable[Unfinished | None]]


@dataclass(frozen=True)
class Subscription:
    """Which event goes to which handler.

    `handler` takes one event and returns its outcome. `batch` takes many events of one municipality at once, for work
    that is one statement on arrays. It handles all of them, or returns the outcomes of those that it left entirely
    undone, by event id; or it raises, and is then called again with one event at a time. Events that share a batch
    handler are handed to it together, in their order. With `own_transaction`, each event gets a transaction of its own:
    for events whose handling is heavy.
    """

    event: type[EventData]
    handler: Handler | None = None
    batch: BatchHandler | None = None
    own_transaction: bool = False

    def __post_init__(self) -> None:
        if (self.handler is None) == (self.batch is None):
            raise ValueError(f"Subscribe {self.event.__name__} to either a handler or a batch handler.")
