"""What the delivery worker does in its transactions: claim messages that are due, and settle what came of them."""

from collections.abc import Sequence

import structlog

from services.notifications import metrics
from services.notifications.delivery import repository, rules
from services.notifications.delivery.repository import DueMessage
from services.notifications.delivery.rules import Attempt, Claimed, Outgoing
from services.notifications.messages.handlers.drafts import put_into_words
from services.notifications.messages.rules.messages import MessageProblem, MessageText
from services.notifications.messages.rules.notices import Audience
from services.notifications.policies.handlers import policy_in_force
from shared.calendar import amsterdam_date
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.messaging.outcome import RetryPolicy

_log = structlog.get_logger("meedoen.delivery")


async def claim_messages(tx: Transaction, messages_max: int, lease_seconds: float) -> list[Claimed]:
    """Return the longest due messages in words, leased to the caller; another worker passes them over."""
    messages = [(message, _word(message)) for message in await repository.lock_due_messages(tx, messages_max)]
    if messages:
        stored = [(message.id, None if text and text.is_dated else text) for message, text in messages]
        await repository.lease_messages(tx, stored, lease_seconds)
    return [_claim(message, text) for message, text in messages]


async def park_incomplete(tx: Transaction) -> None:
    """Park and publish the letters that waited for a name or an address for as long as the policy says."""
    policy = policy_in_force(tx.municipality, await repository.read_today(tx))
    problem = MessageProblem.CONTACT_INCOMPLETE
    for record in await repository.park_incomplete(tx, policy.contact_wait_days):
        tx.emit(rules.parked_event(record["person_id"], record["id"], problem, record["parked_on"]))


async def settle_attempts(tx: Transaction, attempts: Sequence[Attempt], retry: RetryPolicy) -> None:
    """Mark what was handed over and publish it; put back or park the rest."""
    await _settle_sent(tx, [attempt.message for attempt in attempts if attempt.problem is None])
    for attempt in attempts:
        if attempt.problem is not None:
            await _settle_failed(tx, attempt.message, attempt.problem, retry)


def _word(message: DueMessage) -> MessageText | None:
    """Return what a message says; None for a draft that cannot be put into words: its delivery fails, and no other."""
    if message.draft is None:
        return MessageText(message.language, message.subject or "", message.body_text or "", message.body_html or "")
    try:
        return put_into_words(message.template, message.municipality, message.name, message.draft, message.today)
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with one draft must not stop the others
        _log.error("draft_not_rendered", cause=type(problem).__name__, message_id=str(message.id))
        return None


def _claim(message: DueMessage, text: MessageText | None) -> Claimed:
    policy = policy_in_force(message.municipality, amsterdam_date(message.queued_at))
    is_to_person = message.audience is Audience.PERSON
    outgoing = Outgoing(
        id=message.id,
        municipality=message.municipality,
        channel=message.channel,
        language=message.language,
        sender=policy.sender_email,
        sender_name=policy.municipality_name,
        recipient=message.email if is_to_person else policy.case_manager_email,
        recipient_name=message.name if is_to_person else None,
        subject=text.subject if text else "",
        text=text.text if text else "",
        html=text.html if text else "",
        queued_at=message.queued_at,
    )
    return Claimed(
        outgoing,
        message.person_id,
        message.template,
        message.attempts + 1,
        is_in_words=text is not None,
        dated_words=text if text and text.is_dated else None,
    )


async def _settle_sent(tx: Transaction, messages: Sequence[Claimed]) -> None:
    texts = [(message.outgoing.id, message.dated_words) for message in messages]
    sent_on = await repository.mark_sent(tx, texts) if messages else {}
    for message in messages:
        if day := sent_on.get(message.outgoing.id):
            tx.emit(rules.sent_event(message, day))


async def _settle_failed(tx: Transaction, message: Claimed, problem: MessageProblem, retry: RetryPolicy) -> None:
    message_id = message.outgoing.id
    _log.warning("delivery_failed", message_id=str(message_id), problem=problem, attempts=message.attempts)
    if rules.is_given_up(problem, message.attempts, retry.attempts_max):
        if parked_on := await repository.park(tx, message_id, problem):
            tx.emit(rules.parked_event(message.person_id, message_id, problem, parked_on))
        return
    await repository.put_back(tx, message_id, problem, retry.delay_seconds_without_jitter(message.attempts))
    count_on_commit(tx, metrics.DELIVERIES_RETRIED.labels(problem).inc)
