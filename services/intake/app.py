"""Intake, wired: what it listens to, what it answers, what it counts."""

from typing import Any

from fastapi import FastAPI

from services.intake import handlers, metrics, policies
from services.intake.api import router
from services.intake.settings import Settings
from shared.events import CandidateRecruited, CandidateWithdrawn, DayStarted
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(event=CandidateRecruited, handler=handlers.on_candidate_recruited),
    Subscription(event=CandidateWithdrawn, handler=handlers.on_candidate_withdrawn),
    Subscription(event=DayStarted, handler=handlers.on_day_started),
)

DEFINITION = ServiceDefinition(
    name="intake",
    title="Meedoen intake",
    description="Het dossier van een inburgeraar: de brede intake, de leerroute, het PIP en de wettelijke termijn.",
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
