"""A line of a service's subscription table, and what its handler receives."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import msgspec

from shared.events.base import EventData
from shared.events.envelope import moment_of
from shared.messaging.outcome import Outcome

if TYPE_CHECKING:  # the database writes to the outbox of this package, so it can not be imported here
    from shared.database.transactions import Transaction

Fact = TypeVar("Fact", bound=EventData)


class Received(msgspec.Struct, Generic[Fact], frozen=True):
    """An event as a handler sees it: its data, checked against the contract, and where it came from."""

    data: Fact
    event_id: UUID
    municipality: str
    logged: str | None = None

    @property
    def logged_at(self) -> datetime | None:
        """When the publishing service wrote the fact down."""
        return moment_of(self.logged) if self.logged else None


Handler = Callable[[Received[Any], "Transaction"], Awaitable[Outcome]]
Unfinished = Mapping[UUID, Outcome]
BatchHandler = Callable[[Sequence[Received[Any]], "Transaction"], Awaitable[Unfinished | None]]


@dataclass(frozen=True)
class Subscription:
    """Which event goes to which handler.

    `handler` takes one event and says how it ended. `batch` takes many of one municipality at once, for work that is
    one statement on arrays. It does them all, or answers which, by event id, it left wholly undone and how those
    ended; or it raises, and is then called again with one at a time. Events that share a batch handler come to it
    together, in their order. An event that `is_alone` has a transaction to itself: for one that asks for much work.
    """

    event: type[EventData]
    handler: Handler | None = None
    batch: BatchHandler | None = None
    is_alone: bool = False

    def __post_init__(self) -> None:
        if (self.handler is None) == (self.batch is None):
            raise ValueError(f"Subscribe {self.event.__name__} to either a handler or a batch handler.")
