"""Subscriptions: what a partner asked to receive, who approved it, and whether it receives now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.notifications.partners.rules.partners import Partner, require_active
from services.notifications.partners.rules.purposes import PURPOSES
from services.notifications.subscriptions.rules.targets import find_fault
from shared.errors.refusals import ConflictError, Fault, refuse_if_any

FILTERS_MAX: Final = 8


class Protocol(StrEnum):
    """The ways out: pushed to an address, or fetched with a cursor."""

    WEBHOOK = "webhook"
    PULL = "pull"


class SubscriptionState(StrEnum):
    """Where a subscription is. A paused one keeps its place: what happens meanwhile comes once it is resumed."""

    REQUESTED = "requested"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class PauseReason(StrEnum):
    """Why a subscription is paused."""

    BY_PARTNER = "by_partner"
    BY_MUNICIPALITY = "by_municipality"
    UNREACHABLE = "unreachable"
    GONE = "gone"


RECEIVING: Final = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)


@dataclass(frozen=True)
class PartnerSubscription:
    """What a partner receives: event types, of their fields these (empty: all allowed), exact values in `filters`.

    `last_sequence` counts what is in its log.
    """

    id: UUID
    partner_id: UUID
    types: tuple[str, ...]
    protocol: Protocol
    requested_by: str
    requested_on: date
    fields: tuple[str, ...] = ()
    filters: Mapping[str, str | int | bool] = field(default_factory=dict)
    sink: str | None = None
    state: SubscriptionState = SubscriptionState.REQUESTED
    approved_by: str | None = None
    approved_on: date | None = None
    pause_reason: PauseReason | None = None
    last_sequence: int = 0

    def selects(self, type_name: str, values: Mapping[str, Any]) -> bool:
        """Return whether an event of this type with these values, allowed ones alone, passes the filter."""
        return type_name in self.types and all(
            type(values.get(name)) is type(value) and values[name] == value for name, value in self.filters.items()
        )


class SigningKey(NamedTuple):
    """A key of a subscription: its number, the secret for HMAC and the seed for Ed25519."""

    number: int
    secret: bytes
    seed: bytes
    expires_at: datetime | None


def check_request(subscription: PartnerSubscription, partner: Partner, *, allows_loopback: bool) -> None:
    """Raise WrongInputError, with every fault at once, for what the partner's purpose does not allow."""
    terms = PURPOSES[partner.purpose]
    faults = [
        Fault("types", "type_not_allowed", f"Your purpose does not include {type_name}: leave it out.")
        for type_name in subscription.types
        if terms.find_event(type_name) is None
    ]
    faults += [
        Fault(part, "field_not_allowed", f"Your purpose does not include {name}: leave it out.")
        for part in ("fields", "filters")
        for name in sorted(set(getattr(subscription, part)) - terms.list_fields())
    ]
    if (subscription.protocol is Protocol.WEBHOOK) != (subscription.sink is not None):
        faults.append(
            Fault("sink", "sink_and_protocol_differ", "A webhook needs an address and nothing else has one: give both.")
        )
    elif subscription.sink and (sentence := find_fault(subscription.sink, allows_loopback=allows_loopback)):
        faults.append(Fault("sink", "sink_refused", sentence))
    refuse_if_any(faults)


def approve(subscription: PartnerSubscription, partner: Partner, approved_by: str, on: date) -> PartnerSubscription:
    """Return the subscription, approved by somebody other than who registered the partner and who asked."""
    if subscription.state in RECEIVING and subscription.approved_by == approved_by:
        return subscription
    if subscription.state is not SubscriptionState.REQUESTED:
        raise ConflictError("subscription_decided", "This subscription is approved or ended already: ask for another.")
    if approved_by in (partner.registered_by, subscription.requested_by):
        raise ConflictError(
            "approver_not_another", "Who registered the partner or asked cannot approve: have a colleague do it."
        )
    return replace(
        subscription, state=SubscriptionState.ACTIVE, approved_by=approved_by, approved_on=on, pause_reason=None
    )


def pause(subscription: PartnerSubscription, reason: PauseReason) -> PartnerSubscription:
    """Return the subscription, paused; one that is paused stays so for its first reason."""
    if subscription.state is SubscriptionState.PAUSED:
        return subscription
    if subscription.state is not SubscriptionState.ACTIVE:
        raise ConflictError("cannot_pause", "Only an active subscription can be paused.")
    return replace(subscription, state=SubscriptionState.PAUSED, pause_reason=reason)


def resume(subscription: PartnerSubscription, *, by_municipality: bool) -> PartnerSubscription:
    """Return the subscription, active again; what the municipality paused, only the municipality resumes."""
    if subscription.state is SubscriptionState.ACTIVE:
        return subscription
    if subscription.state is not SubscriptionState.PAUSED:
        raise ConflictError("cannot_resume", "Only a paused subscription can be resumed.")
    if subscription.pause_reason is PauseReason.BY_MUNICIPALITY and not by_municipality:
        raise ConflictError("paused_by_municipality", "The municipality paused this: ask there why.")
    return replace(subscription, state=SubscriptionState.ACTIVE, pause_reason=None)


def end(subscription: PartnerSubscription) -> PartnerSubscription:
    """Return the subscription, ended for good; nothing more comes into its log and nothing is delivered from it."""
    return replace(subscription, state=SubscriptionState.ENDED, pause_reason=None)


def require_receiving(subscription: PartnerSubscription, partner: Partner, on: date) -> None:
    """Raise ConflictError unless documents may be given now."""
    require_active(partner, on)
    if subscription.state is not SubscriptionState.ACTIVE:
        raise ConflictError(
            "subscription_not_active",
            "This subscription is not active: have it approved, or resume it, before you fetch from it.",
        )


def reduce_to_request(subscription: PartnerSubscription) -> PartnerSubscription:
    """Return what was asked for, without what became of it."""
    return replace(
        subscription,
        state=SubscriptionState.REQUESTED,
        approved_by=None,
        approved_on=None,
        pause_reason=None,
        last_sequence=0,
    )
