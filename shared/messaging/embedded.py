"""Workarounds in aiokafka for the embedded broker (librdkafka's mock cluster); never used on Apache Kafka.

Two limits of the mock affect a consumer. It completes a rebalance when the leader's assignment arrives and refuses
members that sync later: `apply_embedded_limits` lets the leader wait for them. And its long poll is not cut short by
new events: `PollPace` polls often while events flow and rarely while none do. Both use private parts of aiokafka; a
version without those parts is refused with a sentence instead of failing later.
"""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import CoordinatorGroupRebalance
from aiokafka.errors import InvalidRequestError, KafkaError

# The leader of a group waits this long, so that every other member has sent its sync request before.
LEADER_DELAY_SECONDS = 0.25

# The private parts of aiokafka that are used: all of them, and only here.
JOIN_AS_LEADER = "_on_join_leader"
SEND_SYNC = "_send_sync_group_request"
FETCHER = "_fetcher"
FETCH_WAIT = "_fetch_max_wait_ms"

POLL_WAIT_MS_MIN = 1
POLL_WAIT_IDLE_MS = 250
# A poll waits for this part of the time without events, so that it adds no more than that part to the latency.
POLL_WAIT_PART = 1 / 10
POLL_AGAIN_PART = 1 / 2
POLL_AGAIN_MS_MIN = 10

# A later rebalance takes the session timeout less one second: that long the mock waits for silent members.
CONSUMER_LIMITS: dict[str, int] = {
    "fetch_max_wait_ms": POLL_WAIT_IDLE_MS,
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 1_000,
}


class EmbeddedLimitsError(RuntimeError):
    """The installed aiokafka lacks a private part that these workarounds use."""


def apply_embedded_limits() -> None:
    """Let several aiokafka members share one group on the embedded broker; call once per process, or again.

    The change holds for every consumer of the process, so call it only for the embedded broker.
    """
    join_leader = _part(CoordinatorGroupRebalance, JOIN_AS_LEADER)
    send_sync = _part(CoordinatorGroupRebalance, SEND_SYNC)
    if getattr(join_leader, "is_embedded_limit", False):
        return
    setattr(CoordinatorGroupRebalance, JOIN_AS_LEADER, _delay_leader(join_leader))
    setattr(CoordinatorGroupRebalance, SEND_SYNC, _rejoin_when_late(send_sync))


def _delay_leader(join_leader: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(join_leader)
    async def wrapper(self: CoordinatorGroupRebalance, response: Any) -> Any:
        if len(response.members) > 1:
            await asyncio.sleep(LEADER_DELAY_SECONDS)
        return await join_leader(self, response)

    wrapper.is_embedded_limit = True  # type: ignore[attr-defined]  # a mark on our own function
    return wrapper


def _rejoin_when_late(send_sync: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Let a member that was slower than the leader's delay join again; aiokafka would give up for good."""

    @functools.wraps(send_sync)
    async def wrapper(self: CoordinatorGroupRebalance, request: Any) -> Any:
        try:
            return await send_sync(self, request)
        except KafkaError as error:
            if InvalidRequestError.__name__ not in str(error):
                raise
            return None

    return wrapper


class PollPace:
    """Sets how long a poll waits at the embedded broker: a tenth of the time without events, 1 to 250 ms.

    Call `record_poll` after every `getmany`, and poll again within `poll_again_ms`. A poll that waits costs nothing, a
    new poll does: so polls are frequent while events flow and rarer the longer none come.
    """

    def __init__(self, consumer: AIOKafkaConsumer, clock: Callable[[], float] = time.monotonic) -> None:
        _part(consumer, FETCHER)
        if FETCH_WAIT not in Fetcher.__init__.__code__.co_names:
            raise _missing_part(FETCH_WAIT)
        self._consumer = consumer
        self._clock = clock
        self._event_at_seconds = 0.0
        self._wait_ms = POLL_WAIT_IDLE_MS
        self.poll_again_ms = POLL_AGAIN_MS_MIN

    def record_poll(self, *, had_events: bool) -> None:
        """Set how long the next polls wait."""
        now_seconds = self._clock()
        if had_events:
            self._event_at_seconds = now_seconds
        quiet_ms = int(1000 * (now_seconds - self._event_at_seconds))
        self.poll_again_ms = max(int(quiet_ms * POLL_AGAIN_PART), POLL_AGAIN_MS_MIN)
        wait_ms = min(max(int(quiet_ms * POLL_WAIT_PART), POLL_WAIT_MS_MIN), POLL_WAIT_IDLE_MS)
        if wait_ms != self._wait_ms:
            self._wait_ms = wait_ms
            self._set_wait(wait_ms)

    def _set_wait(self, milliseconds: int) -> None:
        setattr(_part(self._consumer, FETCHER), FETCH_WAIT, milliseconds)


def _part(owner: Any, name: str) -> Any:
    if not hasattr(owner, name):
        raise _missing_part(name)
    return getattr(owner, name)


def _missing_part(name: str) -> EmbeddedLimitsError:
    return EmbeddedLimitsError(
        f"aiokafka {version('aiokafka')} has no {name} any more, which the embedded broker needs: "
        "install the version that requirements/ names, or run with --broker kafka."
    )
