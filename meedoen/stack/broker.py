"""What every broker of the local runner can be asked, whichever way it was started.

A broker that cannot do what a fault test asks says so in a sentence (LocalError) instead of doing something else.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from meedoen.stack.errors import LocalError


class BrokerProcess(ABC):
    """A broker that takes connections at `bootstrap_servers` ("host:port", several with commas)."""

    kind: ClassVar[str]
    bootstrap_servers: str

    @property
    def pid(self) -> int | None:
        """The process id on this machine; None when it is down or runs elsewhere."""
        return None

    @abstractmethod
    def stop(self) -> None:
        """Stop in order. Stopping a stopped broker is no error."""

    @abstractmethod
    def remove(self) -> None:
        """Stop and delete everything it kept."""

    def kill(self) -> None:
        """End it as kill -9 does: nothing is written out, nobody is told."""
        raise self._cannot("be killed")

    def restart(self) -> None:
        """Start again, after stopping if it runs, with the same data at the same address."""
        raise self._cannot("keep its data over a restart")

    def wipe_and_restart(self) -> None:
        """Start again at the same address with all data gone and the topics made anew."""
        raise self._cannot("be wiped and started at the same address")

    def _cannot(self, what: str) -> LocalError:
        return LocalError(f"The {self.kind} broker cannot {what}: use one that this machine runs, --broker kafka.")
