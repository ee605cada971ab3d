"""What is done with webhooks in transactions: queue, claim, settle, replay."""

import random
from collections.abc import Sequence
from functools import partial
from html import escape
from uuid import UUID

import structlog

from services.notifications import metrics
from services.notifications.delivery.rules import Outgoing
from services.notifications.feed.handlers import read_clock
from services.notifications.feed.rules.entries import Entry
from services.notifications.partners import handlers as partners
from services.notifications.policies.handlers import policy_in_force
from services.notifications.subscriptions import handlers as subscriptions
from services.notifications.subscriptions.rules.subscriptions import (
    PartnerSubscription,
    PauseReason,
    Protocol,
    SigningKey,
)
from services.notifications.webhooks import repository
from services.notifications.webhooks.rules.attempts import Round, WebhookProblem, find_delay_seconds
from services.notifications.webhooks.rules.deliveries import (
    PAUSED_MAIL,
    PAUSED_SUBJECT,
    ClaimedWebhook,
    Delivery,
    DeliveryState,
)
from shared.database.counters import count_on_commit
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError
from shared.events.codes import MessageChannel
from shared.http.requests import Caller
from shared.identity import new_id
from shared.observability.metrics import start_at_zero

WEBHOOKS_DUE = "webhooks_due"
"""The signal, once their transaction has committed, that so many documents wait for webhooks."""
_log = structlog.get_logger("meedoen.webhooks")
_spread = random.SystemRandom()
start_at_zero(metrics.WEBHOOK_ROUNDS_FAILED, WebhookProblem)


async def queue_deliveries(entries: Sequence[Entry], receiving: Sequence[PartnerSubscription], tx: Transaction) -> None:
    """Put what was added to the logs of webhooks on its way."""
    pushed = {each.id for each in receiving if each.protocol is Protocol.WEBHOOK}
    deliveries = [
        (entry.subscription_id, entry.sequence, entry.subject or entry.subscription_id, entry.type)
        for entry in entries
        if entry.subscription_id in pushed
    ]
    if deliveries:
        await repository.queue(tx, deliveries)
        tx.signal_on_commit(WEBHOOKS_DUE, len(deliveries))


async def claim_webhooks(
    tx: Transaction, webhooks_max: int, parcels_max: int, lease_seconds: float
) -> list[tuple[ClaimedWebhook, list[SigningKey]]]:
    """Return the longest due webhooks, leased to the caller, with the keys that sign."""
    claimed = await repository.claim(tx, webhooks_max, parcels_max, lease_seconds)
    return [(webhook, await subscriptions.list_keys(webhook.subscription_id, tx)) for webhook in claimed]


async def record_consent(webhook: ClaimedWebhook, tx: Transaction) -> None:
    await repository.record_consent(tx, webhook.subscription_id)


async def settle_round(webhook: ClaimedWebhook, outcome: Round, tx: Transaction) -> bool:
    """Record what came of a round. Return whether the partner is to be notified that it is given up for now."""
    subscription_id = webhook.subscription_id
    await repository.lock(tx, subscription_id)
    if outcome.delivered:
        await repository.mark_delivered(tx, subscription_id, outcome.delivered)
        count_on_commit(tx, partial(metrics.WEBHOOK_DOCUMENTS_DELIVERED.inc, len(outcome.delivered)))
    if outcome.failed:
        await repository.mark_failed(tx, subscription_id, outcome.failed)
    if outcome.problem is not None:
        return await _back_off(webhook, outcome, outcome.problem, tx)
    failures = await repository.load_failures(tx, subscription_id) if outcome.failed else {}
    for each in outcome.failed:
        delay = find_delay_seconds(failures.get(each.subject, 0) + 1, None, _spread.uniform(-1, 1))
        await repository.let_wait(tx, subscription_id, each.subject, delay)
    await repository.settle(tx, subscription_id)
    return False


async def _back_off(webhook: ClaimedWebhook, outcome: Round, problem: WebhookProblem, tx: Transaction) -> bool:
    """Let a partner that is away wait; pause what is gone, or away for longer than the table of delays."""
    failures = 1 if outcome.delivered else webhook.failures + 1
    delay = find_delay_seconds(failures, outcome.retry_after_seconds, _spread.uniform(-1, 1))
    is_given_up = delay is None or problem is WebhookProblem.GONE
    count_on_commit(tx, metrics.WEBHOOK_ROUNDS_FAILED.labels(problem).inc)
    _log.warning("webhook_failed", subscription_id=str(webhook.subscription_id), problem=problem, failures=failures)
    if not is_given_up:
        await repository.back_off(tx, webhook.subscription_id, failures, problem, delay or 0)
        return False
    await repository.back_off(tx, webhook.subscription_id, 0, problem, 0)
    reason = PauseReason.GONE if problem is WebhookProblem.GONE else PauseReason.UNREACHABLE
    await subscriptions.pause_for(webhook.subscription_id, reason, tx)
    return await repository.mark_notified(tx, webhook.subscription_id)


async def write_owner_mail(webhook: ClaimedWebhook, tx: Transaction) -> Outgoing:
    """Return the mail that tells a partner that its webhook is paused."""
    subscription = await subscriptions.get_subscription(webhook.subscription_id, tx)
    partner = await partners.get_partner(subscription.partner_id, tx)
    now, today = await read_clock(tx)
    policy = policy_in_force(tx.municipality, today)
    text = PAUSED_MAIL.format(name=partner.name, subscription=subscription.id, municipality=policy.municipality_name)
    return Outgoing(
        id=new_id(),
        municipality=tx.municipality,
        channel=MessageChannel.EMAIL,
        language="nl",
        sender=policy.sender_email,
        sender_name=policy.municipality_name,
        recipient=partner.contact_email,
        recipient_name=partner.name,
        subject=PAUSED_SUBJECT,
        text=text,
        html=f'<!DOCTYPE html><html lang="nl"><body><pre>{escape(text)}</pre></body></html>',
        queued_at=now,
    )


async def replay(subscription_id: UUID, first: int, last: int, caller: Caller, tx: Transaction) -> int:
    """Deliver a range of a log again, each document under its own id. Return how many that are."""
    subscription, _ = await subscriptions.read_subscription(subscription_id, caller, tx)
    if subscription.protocol is not Protocol.WEBHOOK:
        raise ConflictError("not_replayed", "Only a webhook is replayed: fetch from an earlier number instead.")
    documents = await repository.replay(tx, subscription_id, first, last)
    tx.signal_on_commit(WEBHOOKS_DUE, documents)
    return documents


async def list_deliveries(
    subscription_id: UUID, state: DeliveryState | None, caller: Caller, tx: Transaction, *, after: int, limit: int
) -> tuple[list[Delivery], int | None]:
    """Return what is on its way to a webhook, and what came of it."""
    await subscriptions.read_subscription(subscription_id, caller, tx)
    return await repository.list_deliveries(tx, subscription_id, state, after=after, limit=limit)
