"""The outcomes of handling an event: done, retried after a delay, or parked for a person to look at. Nothing else.

Outcome
+-- Done    the effect is in the database with the inbox mark
+-- Retry   what it needs is not known yet, or it failed for now; retried with growing, jittered delay
+-- Park    it cannot be handled as it is; kept, with its reason, until someone fixes the cause and releases it
"""

import random
from dataclasses import dataclass
from enum import StrEnum


class HoldReason(StrEnum):
    """Why an event is held. Closed: each reason has its line in docs/operations.md."""

    UNREADABLE = "unreadable"
    WRONG_TOPIC = "wrong_topic"
    WRONG_SOURCE = "wrong_source"
    WRONG_KEY = "wrong_key"
    OTHER_BODY = "other_body"
    IMPLAUSIBLE_DAY = "implausible_day"
    UNKNOWN_TYPE = "unknown_type"
    NEWER_VERSION = "newer_version"
    INVALID_DATA = "invalid_data"
    UNKNOWN_MUNICIPALITY = "unknown_municipality"
    NOT_YET_KNOWN = "not_yet_known"
    REFUSED = "refused"
    HANDLER_FAILED = "handler_failed"


# Nobody can tell who wrote such a message or whom it is about, so it is held apart: it has neither the id nor the key
# that it claims, and nothing waits behind it.
APART = frozenset(
    {
        HoldReason.UNREADABLE,
        HoldReason.WRONG_TOPIC,
        HoldReason.WRONG_SOURCE,
        HoldReason.WRONG_KEY,
        HoldReason.OTHER_BODY,
        HoldReason.IMPLAUSIBLE_DAY,
    }
)


@dataclass(frozen=True)
class Done:
    """The event took effect, or rightly has no effect here."""


@dataclass(frozen=True)
class Retry:
    """Retry; `after_seconds` overrides the growing delay."""

    reason: HoldReason
    sentence: str = ""
    after_seconds: float | None = None


@dataclass(frozen=True)
class Park:
    """Park with a sentence that says what is wrong; never with personal data."""

    reason: HoldReason
    sentence: str


Outcome = Done | Retry | Park
DONE = Done()


@dataclass(frozen=True)
class RetryPolicy:
    """Growing delay with full jitter in its upper half, bounded in length and number."""

    attempts_max: int
    delay_seconds_first: float
    delay_seconds_max: float

    def delay_seconds(self, attempts: int, jitter: random.Random) -> float:
        """Return the seconds to wait after the given number of failed attempts (1 or more)."""
        return self.delay_seconds_without_jitter(attempts) * jitter.uniform(0.5, 1.0)

    def delay_seconds_without_jitter(self, attempts: int) -> float:
        """Return the longest delay: twice as long after each failed attempt (1 or more), up to the limit."""
        return min(self.delay_seconds_first * 2.0 ** min(attempts - 1, 30), self.delay_seconds_max)
