"""Recruitment, wired: what it listens to, what it answers, what it counts."""

from typing import Any

from fastapi import FastAPI

from services.recruitment import handlers, metrics, policies
from services.recruitment.api import router
from services.recruitment.settings import Settings
from shared.events import PIPSigned
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

SUBSCRIPTIONS: tuple[Subscription, ...] = (Subscription(event=PIPSigned, handler=handlers.on_pip_signed),)

DEFINITION = ServiceDefinition(
    name="recruitment",
    title="Meedoen werving",
    description="Ambassadeurs, wervingsacties en kandidaten, tot en met de aanmelding met toestemming.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
)


def create_app(settings: Settings) -> FastAPI:
    """The service over these settings; building it does no I/O beyond reading the policies."""
    policies.book()
    app = create_service(settings, DEFINITION)
    app.state.registry.register(metrics.REGISTRY)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
