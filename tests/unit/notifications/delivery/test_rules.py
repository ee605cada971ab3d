"""When letters wait (while very many messages come in at once), and when a delivery is given up."""

import pytest

from services.notifications.delivery.rules import (
    BURST_MESSAGES,
    BURST_SECONDS_MAX,
    LULL_SECONDS,
    Burst,
    is_given_up,
)
from services.notifications.messages.rules.messages import MessageProblem


def test_a_message_that_comes_alone_never_waits() -> None:
    burst = Burst()
    burst.add(BURST_MESSAGES - 1, 100.0)
    assert burst.wait_seconds(100.0) == 0


def test_letters_wait_for_the_lull_after_the_last_of_many_messages() -> None:
    burst = Burst()
    burst.add(BURST_MESSAGES, 100.0)
    burst.add(5_000, 100.0 + LULL_SECONDS / 2)
    assert burst.wait_seconds(100.0 + LULL_SECONDS) == pytest.approx(LULL_SECONDS / 2)
    assert burst.wait_seconds(100.0 + 2 * LULL_SECONDS) == 0


def test_a_burst_without_end_keeps_letters_no_longer_than_they_may_wait() -> None:
    burst, now = Burst(), 100.0
    while now <= 100.0 + BURST_SECONDS_MAX:
        assert 0 <= burst.wait_seconds(now) <= 100.0 + BURST_SECONDS_MAX - now
        burst.add(BURST_MESSAGES, now)
        now += LULL_SECONDS / 2
    assert burst.wait_seconds(now) == 0, "from here on letters leave beside it"
    later = now + 2 * LULL_SECONDS
    burst.add(BURST_MESSAGES, later)
    assert burst.wait_seconds(later) == LULL_SECONDS, "the next burst is another one"


def test_a_refused_address_is_given_up_at_once_and_silence_only_after_the_last_attempt() -> None:
    assert is_given_up(MessageProblem.ADDRESS_REFUSED, 1, 8)
    assert not is_given_up(MessageProblem.UNREACHABLE, 7, 8)
    assert is_given_up(MessageProblem.UNREACHABLE, 8, 8)
