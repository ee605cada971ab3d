"""Notifications, wired: what it answers, what it consumes, how messages leave."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI

from services.notifications import metrics
from services.notifications.contacts import api as contacts
from services.notifications.contacts.handlers import ContactHooks
from services.notifications.delivery.adapters.outlets import choose_outlets
from services.notifications.delivery.adapters.spool_keeping import SpoolKeeper
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.feed import api as feed
from services.notifications.feed.handlers import FeedHooks, append_facts, close_day
from services.notifications.messages import api as messages
from services.notifications.messages.handlers.figures import count_gauges
from services.notifications.messages.handlers.messages import on_contact_changed
from services.notifications.messages.handlers.messages import on_facts as write_messages
from services.notifications.messages.rules.languages import SEVERAL_LANGUAGES
from services.notifications.messages.rules.notices import NOTICES
from services.notifications.partners import api as partners
from services.notifications.policies.handlers import use_folder
from services.notifications.policies.rules import LANGUAGES
from services.notifications.printing.worker import PrintWorker
from services.notifications.settings import Settings
from services.notifications.subscriptions import api as subscriptions
from services.notifications.webhooks import api as webhooks
from services.notifications.webhooks.handlers import queue_deliveries, write_owner_mail
from services.notifications.webhooks.rules.deliveries import ClaimedWebhook
from services.notifications.webhooks.worker import WebhookWorker
from shared.database.figures import DatabaseFigures
from shared.database.transactions import Database, Transaction
from shared.events import DayStarted, EventData
from shared.events.codes import MessageChannel
from shared.messaging import Outcome, Received, Subscription
from shared.service import ServiceDefinition, api_document, create_service

# Their order is that of the OpenAPI document.
ROUTERS = (contacts, messages, partners, subscriptions, feed, webhooks)
router = APIRouter()
for capability in ROUTERS:
    router.include_router(capability.router)


async def on_facts(received: Sequence[Received[EventData]], tx: Transaction) -> dict[UUID, Outcome]:
    """Add facts to what partners receive, close the days that begin, and queue the messages to people."""
    await append_facts(received, tx)
    for fact in received:
        if isinstance(fact.data, DayStarted):
            await close_day(fact.data.date, tx)
    return await write_messages(received, tx)


SUBSCRIPTIONS: tuple[Subscription, ...] = tuple(Subscription(event=event, batch=on_facts) for event in NOTICES)


TEMPLATES = [notice.template for notices in NOTICES.values() for notice in notices]
metrics.MESSAGES_MADE.show_codes(TEMPLATES, (*LANGUAGES, SEVERAL_LANGUAGES))


@dataclass(frozen=True, kw_only=True)
class Hooks(FeedHooks, ContactHooks):
    """What contacts, subscriptions and logs need of the application."""


DEFINITION = ServiceDefinition(
    name="notifications",
    title="Meedoen berichten",
    description="Berichten aan mensen in hun eigen taal, per e-mail of per brief, en wat daarvan terechtkwam.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
    tags={
        "personen": "Hoe iemand te bereiken is",
        "berichten": "Brieven en mails, en hoe het met hun bezorging staat",
        "partners": "Organisaties die gebeurtenissen ontvangen, en wie met hen verbonden is",
        "abonnementen": "Wat partners ontvangen, en hoe",
        "schema's": "Wat er in een gebeurtenis voor partners staat",
        "cijfers": "Tellingen zonder personen",
        "inzagelog": "Wie wat over wie te zien kreeg",
    },
)


def create_app(settings: Settings) -> FastAPI:
    """Return the service over these settings; building it does no I/O beyond reading the policies."""
    without_policy = use_folder(settings.policies_folder, settings.municipalities)

    keeper = SpoolKeeper(
        settings.spool_folder,
        free_bytes_min=settings.spool_free_bytes_min,
        retention_days=settings.spool_retention_days,
    )

    async def start_delivery(database: Database, _: Any) -> Callable[[], Awaitable[None]]:
        outlets = choose_outlets(settings)
        worker = DeliveryWorker(database, settings, outlets)

        async def notify_owner(webhook: ClaimedWebhook) -> None:
            async with database.transaction(webhook.municipality) as tx:
                mail = await write_owner_mail(webhook, tx)
            await outlets[MessageChannel.EMAIL].deliver(mail)

        webhook_worker = WebhookWorker(database, settings, notify_owner)
        parts = (worker, webhook_worker, PrintWorker(database, settings), keeper)
        for part in parts:
            part.start()

        async def stop() -> None:
            for part in reversed(parts):
                await part.stop()

        return stop

    figures = DatabaseFigures(metrics.GAUGES, (count_gauges,), settings.municipalities, settings.figures_every_seconds)
    hooks = Hooks(
        contact_changed=on_contact_changed,
        allows_loopback=settings.webhook_loopback_allowed,
        public_url=settings.own_url,
        organisation_oin=settings.organisation_oin,
        retention_days=settings.feed_retention_days,
        entries_added=queue_deliveries,
    )
    app = create_service(
        settings,
        replace(DEFINITION, hooks=hooks),
        extra_startup=start_delivery,
        measure=figures.measure,
        probes={"spool": keeper.probe},
        without_policy=without_policy,
    )
    app.state.registry.register(metrics.REGISTRY)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
