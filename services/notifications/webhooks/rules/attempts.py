"""What came of an attempt to deliver, when the next one is, and when a partner is given up for now.

The table of delays is that of Standard Webhooks, over more than four days; Open Notificaties stops after one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

DELAYS_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""5 s, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours."""
JITTER: Final = 0.1
RETRY_AFTER_SECONDS_MAX: Final = 86_400
_THROTTLED: Final = frozenset({429, 502, 503, 504})
_SUCCESS: Final = 2
_GONE: Final = 410
_FAILURES_OF_ALL: Final = 5


class WebhookProblem(StrEnum):
    """Why an attempt failed."""

    TARGET_REFUSED = "target_refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    NO_CONSENT = "no_consent"
    REJECTED = "rejected"
    THROTTLED = "throttled"
    GONE = "gone"


@dataclass(frozen=True)
class Reply:
    """What a partner's server answered; `problem` without a status if it did not."""

    status: int | None = None
    problem: WebhookProblem | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True)
class Sent:
    """What came of one document. A subject whose document failed waits, so that its order is kept."""

    sequence: int
    subject: UUID
    reply: Reply


@dataclass(frozen=True)
class Round:
    """What came of one round: `delivered` numbers, `failed` documents, and `problem` if the partner itself is away."""

    delivered: tuple[int, ...]
    failed: tuple[Sent, ...]
    problem: WebhookProblem | None = None
    retry_after_seconds: int | None = None


def judge(status: int, retry_after: str | None) -> Reply:
    """Return what a status means: only 2xx is success, and a redirect is a failure."""
    if status // 100 == _SUCCESS:
        return Reply(status)
    if status == _GONE:
        return Reply(status, WebhookProblem.GONE)
    if status in _THROTTLED:
        seconds = int(retry_after) if retry_after is not None and retry_after.isdecimal() else None
        return Reply(status, WebhookProblem.THROTTLED, min(seconds, RETRY_AFTER_SECONDS_MAX) if seconds else None)
    return Reply(status, WebhookProblem.REJECTED)


def concerns_partner(reply: Reply) -> bool:
    """Return whether a failure is of the partner's server, and not of one document."""
    return reply.problem not in (None, WebhookProblem.REJECTED)


def sum_up(sent: Sequence[Sent]) -> Round:
    """Return what a round comes to. A server that rejects whatever it gets is away as well."""
    delivered = tuple(each.sequence for each in sent if each.reply.problem is None)
    failed = tuple(each for each in sent if each.reply.problem is not None)
    of_partner = next((each.reply for each in failed if concerns_partner(each.reply)), None)
    if of_partner is not None:
        return Round(delivered, failed, of_partner.problem, of_partner.retry_after_seconds)
    if not delivered and len(failed) >= _FAILURES_OF_ALL:
        return Round(delivered, failed, WebhookProblem.REJECTED)
    return Round(delivered, failed)


def find_delay_seconds(failures: int, retry_after_seconds: int | None, spread: float) -> float | None:
    """Return the wait after so many failures in a row; None once the table is at its end.

    `spread`, from -1 to 1, is where in the jitter it falls, so that many retries do not come at one moment.
    """
    if failures > len(DELAYS_SECONDS):
        return None
    delay = DELAYS_SECONDS[failures - 1] * (1 + JITTER * spread)
    return max(delay, float(retry_after_seconds or 0))
