"""Notifications, wired: what it listens to, what it answers, how messages leave."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI

from services.notifications import domain, handlers, metrics, policies
from services.notifications.api import router
from services.notifications.delivery.outlets import outlets
from services.notifications.delivery.worker import DeliveryWorker
from services.notifications.settings import Settings
from shared.database.transactions import Database
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

SUBSCRIPTIONS: tuple[Subscription, ...] = tuple(
    Subscription(event=event, batch=handlers.on_facts) for event in domain.NOTICES
)

DEFINITION = ServiceDefinition(
    name="notifications",
    title="Meedoen berichten",
    description="Berichten aan mensen in hun eigen taal, per e-mail of per brief, en wat daarvan terechtkwam.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
)


def create_app(settings: Settings) -> FastAPI:
    """The service over these settings; building it does no I/O beyond reading the policies."""
    policies.book()

    async def start_delivering(database: Database, _: Any) -> Callable[[], Awaitable[None]]:
        worker = DeliveryWorker(database, settings, outlets(settings))
        worker.start()
        return worker.stop

    app = create_service(settings, DEFINITION, extra_startup=start_delivering)
    app.state.registry.register(metrics.REGISTRY)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
