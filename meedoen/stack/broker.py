"""What every broker of the local runner can do, whichever way it was started.

A broker that cannot do what a fault test requires raises LocalError (one sentence) instead of doing something else.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from meedoen.stack.errors import LocalError
from shared.messaging.security import PLAINTEXT, KafkaSecurity


class BrokerProcess(ABC):
    """A broker that takes connections at `bootstrap_servers` ("host:port", several with commas)."""

    kind: ClassVar[str]
    bootstrap_servers: str

    @property
    def security(self) -> KafkaSecurity:
        """Return how those who run it connect."""
        return PLAINTEXT

    @property
    def pid(self) -> int | None:
        """The process id on this machine; None if the broker is down or runs elsewhere."""
        return None

    @abstractmethod
    def stop(self) -> None:
        """Stop in an orderly way. Does nothing if the broker is stopped already."""

    @abstractmethod
    def remove(self) -> None:
        """Stop and delete all its data."""

    def kill(self) -> None:
        """End it as kill -9 does: nothing is flushed and no client is notified."""
        raise self._cannot("be killed")

    def restart(self) -> None:
        """Start again, after stopping if it runs, with the same data at the same address."""
        raise self._cannot("keep its data over a restart")

    def wipe_and_restart(self) -> None:
        """Start again at the same address with all data gone and the topics created again."""
        raise self._cannot("be wiped and started at the same address")

    def _cannot(self, what: str) -> LocalError:
        return LocalError(f"The {self.kind} broker cannot {what}: use one that this machine runs, --broker kafka.")
