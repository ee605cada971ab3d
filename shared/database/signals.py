"""Signals inside one process: a commit has made work ready for another part of it, such as messages to deliver.

Nothing is stored and nothing leaves the process: who listens also polls, for what a crash or another process left.
"""

from collections.abc import Callable

Listener = Callable[[int], None]


class Signals:
    """The listeners of one application, by the name of the signal."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def connect(self, signal: str, listener: Listener) -> None:
        """Call this listener at each signal with how much work is ready."""
        self._listeners.setdefault(signal, []).append(listener)

    def disconnect(self, signal: str, listener: Listener) -> None:
        """Call this listener no more."""
        self._listeners[signal].remove(listener)

    def send(self, signal: str, count: int) -> None:
        """Call every listener of the signal; `Transaction.signal_on_commit` does so once its work is committed."""
        for listener in tuple(self._listeners.get(signal, ())):
            listener(count)
