"""What is done with subscriptions, one function per command or question. A partner sees its own alone."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from services.notifications.partners import handlers as partners
from services.notifications.partners.rules.partners import Partner, require_active
from services.notifications.subscriptions import repository
from services.notifications.subscriptions.rules import subscriptions as subscription_rules
from services.notifications.subscriptions.rules.subscriptions import (
    PartnerSubscription,
    PauseReason,
    Protocol,
    SigningKey,
    SubscriptionState,
)
from shared.database.transactions import Transaction
from shared.errors.refusals import ConflictError, require_same_content
from shared.http.requests import Caller, require_found
from shared.identity import Role

PREVIOUS_KEY_HOURS: Final = 48
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True)
class SubscriptionHooks:
    """What subscriptions need of the application: whether a webhook may be on this machine, for local runs."""

    allows_loopback: bool = False


async def request(
    fields: Mapping[str, Any], caller: Caller, tx: Transaction
) -> tuple[PartnerSubscription, SigningKey | None]:
    """Record what a partner asks for (`fields`, those of a request).

    Return it with the key of a webhook, which is shown this once; the same twice changes nothing and shows no key.
    """
    partner, today = await partners.find_by_subject(caller.subject, tx), await partners.read_today(tx)
    if partner is None:
        raise ConflictError(
            "partner_not_registered", "Your organisation is not registered: give the municipality your token's subject."
        )
    require_active(partner, today)
    subscription = PartnerSubscription(partner_id=partner.id, requested_by=caller.subject, requested_on=today, **fields)
    subscription_rules.check_request(subscription, partner, allows_loopback=tx.hooks(SubscriptionHooks).allows_loopback)
    existing = await repository.add_subscription(tx, subscription)
    if existing is None:
        key = await _add_key(subscription, tx) if subscription.protocol is Protocol.WEBHOOK else None
        return subscription, key
    asked = subscription_rules.reduce_to_request(existing)
    require_same_content(asked, replace(subscription, requested_on=asked.requested_on))
    return existing, None


async def read_subscription(
    subscription_id: UUID, caller: Caller, tx: Transaction, *, lock: bool = False
) -> tuple[PartnerSubscription, Partner]:
    """Return a subscription and its partner; for a partner that of another does not exist."""
    subscription = require_found(await repository.find_subscription(tx, subscription_id, lock=lock), "subscription")
    partner = await partners.get_partner(subscription.partner_id, tx)
    is_own = partner.token_subject == caller.subject
    return require_found(
        subscription if is_own or Role.REGIONAL_COORDINATOR in caller.roles else None, "subscription"
    ), partner


async def list_subscriptions(
    caller: Caller, tx: Transaction, *, after: UUID | None, limit: int
) -> tuple[Sequence[PartnerSubscription], UUID | None]:
    """Return the subscriptions of the municipality to its coordinator, and to a partner its own."""
    if Role.REGIONAL_COORDINATOR in caller.roles:
        return await repository.list_subscriptions(tx, None, after=after, limit=limit)
    partner = await partners.find_by_subject(caller.subject, tx)
    if partner is None:
        return [], None
    return await repository.list_subscriptions(tx, partner.id, after=after, limit=limit)


async def approve(subscription_id: UUID, caller: Caller, tx: Transaction) -> PartnerSubscription:
    """Let a subscription begin, as a second person."""
    subscription, partner = await read_subscription(subscription_id, caller, tx, lock=True)
    today = await partners.read_today(tx)
    require_active(partner, today)
    return await _save(subscription_rules.approve(subscription, partner, caller.subject, today), tx)


async def pause(subscription_id: UUID, caller: Caller, tx: Transaction) -> PartnerSubscription:
    """Hold back what comes; nothing is lost."""
    subscription, _ = await read_subscription(subscription_id, caller, tx, lock=True)
    by_municipality = Role.REGIONAL_COORDINATOR in caller.roles
    reason = PauseReason.BY_MUNICIPALITY if by_municipality else PauseReason.BY_PARTNER
    return await _save(subscription_rules.pause(subscription, reason), tx)


async def resume(subscription_id: UUID, caller: Caller, tx: Transaction) -> PartnerSubscription:
    """Deliver again, from where it stopped."""
    subscription, partner = await read_subscription(subscription_id, caller, tx, lock=True)
    require_active(partner, await partners.read_today(tx))
    return await _save(
        subscription_rules.resume(subscription, by_municipality=Role.REGIONAL_COORDINATOR in caller.roles), tx
    )


async def end(subscription_id: UUID, caller: Caller, tx: Transaction) -> PartnerSubscription:
    """End a subscription for good."""
    subscription, _ = await read_subscription(subscription_id, caller, tx, lock=True)
    return await _save(subscription_rules.end(subscription), tx)


async def pause_for(subscription_id: UUID, reason: PauseReason, tx: Transaction) -> None:
    """Pause a subscription whose partner cannot be reached."""
    subscription = await get_subscription(subscription_id, tx, lock=True)
    if subscription.state is SubscriptionState.ACTIVE:
        await _save(subscription_rules.pause(subscription, reason), tx)


async def get_subscription(subscription_id: UUID, tx: Transaction, *, lock: bool = False) -> PartnerSubscription:
    """Return a subscription, whoever asks: for the service itself."""
    return require_found(await repository.find_subscription(tx, subscription_id, lock=lock), "subscription")


async def rotate_key(subscription_id: UUID, caller: Caller, tx: Transaction) -> SigningKey:
    """Return a new key. The one before it signs along for PREVIOUS_KEY_HOURS more."""
    subscription, _ = await read_subscription(subscription_id, caller, tx, lock=True)
    if subscription.protocol is not Protocol.WEBHOOK:
        raise ConflictError("no_keys", "Only deliveries to a webhook are signed: this subscription has no keys.")
    return await _add_key(subscription, tx)


async def list_keys(subscription_id: UUID, tx: Transaction) -> list[SigningKey]:
    """Return the keys that sign now, the newest first."""
    return await repository.list_keys(tx, subscription_id)


async def lock_receiving(partners_active: Sequence[Partner], tx: Transaction) -> list[PartnerSubscription]:
    """Lock and return what these partners receive; their logs are then this transaction's alone."""
    return await repository.lock_receiving(tx, [partner.id for partner in partners_active])


async def advance(last_sequences: Mapping[UUID, int], tx: Transaction) -> None:
    """Set the last numbers of logs whose subscriptions this transaction has locked."""
    await repository.advance(tx, last_sequences)


async def _add_key(subscription: PartnerSubscription, tx: Transaction) -> SigningKey:
    existing = await repository.list_keys(tx, subscription.id)
    number = existing[0].number + 1 if existing else 1
    key = SigningKey(number, secrets.token_bytes(_SECRET_BYTES), secrets.token_bytes(_SECRET_BYTES), None)
    await repository.add_key(tx, subscription.id, number, key.secret, key.seed, PREVIOUS_KEY_HOURS)
    return key


async def _save(subscription: PartnerSubscription, tx: Transaction) -> PartnerSubscription:
    await repository.save_subscription(tx, subscription)
    return subscription
