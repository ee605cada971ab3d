"""Notifications, wired: what it answers, what it consumes, how messages leave."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI

from services.notifications import metrics
from services.notifications.contacts import api as contacts
from services.notifications.contacts.handlers import ContactHooks
from services.notifications.delivery.adapters.outlets import choose_outlets
from services.notifications.delivery.adapters.spool_keeping import SpoolKeeper
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.messages import api as messages
from services.notifications.messages.handlers.figures import count_gauges
from services.notifications.messages.handlers.messages import on_contact_changed, on_facts
from services.notifications.messages.rules.languages import SEVERAL_LANGUAGES
from services.notifications.messages.rules.notices import NOTICES
from services.notifications.policies.handlers import use_folder
from services.notifications.policies.rules import LANGUAGES
from services.notifications.printing.worker import PrintWorker
from services.notifications.settings import Settings
from shared.database.figures import DatabaseFigures
from shared.database.transactions import Database
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

# Their order is that of the OpenAPI document.
ROUTERS = (contacts, messages)
router = APIRouter()
for capability in ROUTERS:
    router.include_router(capability.router)

SUBSCRIPTIONS: tuple[Subscription, ...] = tuple(Subscription(event=event, batch=on_facts) for event in NOTICES)

TEMPLATES = [notice.template for notices in NOTICES.values() for notice in notices]
metrics.MESSAGES_MADE.show_codes(TEMPLATES, (*LANGUAGES, SEVERAL_LANGUAGES))

HOOKS = ContactHooks(contact_changed=on_contact_changed)

DEFINITION = ServiceDefinition(
    name="notifications",
    title="Meedoen berichten",
    description="Berichten aan mensen in hun eigen taal, per e-mail of per brief, en wat daarvan terechtkwam.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
    tags={
        "personen": "Hoe iemand te bereiken is",
        "berichten": "Brieven en mails, en hoe het met hun bezorging staat",
        "cijfers": "Tellingen zonder personen",
        "inzagelog": "Wie wat over wie te zien kreeg",
    },
    hooks=HOOKS,
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
        worker = DeliveryWorker(database, settings, choose_outlets(settings))
        printer = PrintWorker(database, settings)
        worker.start()
        printer.start()
        keeper.start()

        async def stop() -> None:
            await keeper.stop()
            await printer.stop()
            await worker.stop()

        return stop

    figures = DatabaseFigures(metrics.GAUGES, (count_gauges,), settings.municipalities, settings.figures_every_seconds)
    app = create_service(
        settings,
        DEFINITION,
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
