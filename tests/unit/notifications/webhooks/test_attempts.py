"""When the next attempt is, and what a round comes to."""

from uuid import UUID

from services.notifications.webhooks.rules.attempts import (
    DELAYS_SECONDS,
    Reply,
    Sent,
    WebhookProblem,
    find_delay_seconds,
    judge,
    sum_up,
)

A_DAY = 86_400


def sent(sequence: int, reply: Reply) -> Sent:
    return Sent(sequence, UUID(int=sequence), reply)


def test_a_partner_is_tried_for_more_than_a_day_and_then_given_up() -> None:
    delays = [find_delay_seconds(failures, None, -1) for failures in range(1, len(DELAYS_SECONDS) + 1)]
    assert sum(delay for delay in delays if delay) > A_DAY
    assert find_delay_seconds(len(DELAYS_SECONDS) + 1, None, 0) is None


def test_what_the_partner_asks_for_is_waited() -> None:
    throttled = judge(429, "120")
    assert throttled == Reply(429, WebhookProblem.THROTTLED, 120)
    assert find_delay_seconds(1, throttled.retry_after_seconds, 0) == 120
    assert judge(503, "Wed, 21 Oct 2026 07:28:00 GMT").retry_after_seconds is None
    assert judge(429, "999999999").retry_after_seconds == A_DAY


def test_a_redirect_is_a_failure_and_410_is_the_end() -> None:
    assert [judge(status, None).problem for status in (200, 202, 204)] == [None, None, None]
    assert judge(302, None).problem is WebhookProblem.REJECTED
    assert judge(410, None).problem is WebhookProblem.GONE


def test_one_rejected_document_is_not_the_partner_away_but_five_and_no_other_are() -> None:
    rejected, accepted = judge(500, None), judge(204, None)
    assert sum_up([sent(1, rejected), sent(2, accepted)]).problem is None
    assert sum_up([sent(number, rejected) for number in range(5)]).problem is WebhookProblem.REJECTED
    assert sum_up([sent(1, accepted), sent(2, judge(503, None))]).problem is WebhookProblem.THROTTLED
