"""Signals inside one process: whoever listens is called, nobody else."""

from shared.database.signals import Signals


def test_each_listener_of_a_signal_is_called_until_it_is_disconnected() -> None:
    signals, first, second = Signals(), [], []
    add_to_first, add_to_second = first.append, second.append
    signals.connect("messages", add_to_first)
    signals.connect("messages", add_to_second)
    signals.send("messages", 3)
    signals.disconnect("messages", add_to_first)
    signals.send("messages", 4)
    assert (first, second) == ([3], [3, 4])


def test_a_signal_that_nobody_listens_to_is_no_error() -> None:
    Signals().send("messages", 1)
