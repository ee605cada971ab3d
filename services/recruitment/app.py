"""Recruitment, wired: what it answers, what it consumes, what it counts."""

from typing import Any

from fastapi import APIRouter, FastAPI

from services.recruitment import metrics
from services.recruitment.ambassadors import api as ambassadors
from services.recruitment.candidates import api as candidates
from services.recruitment.monitoring import api as monitoring
from services.recruitment.monitoring.handlers import count_gauges
from services.recruitment.neighbourhoods import api as neighbourhoods
from services.recruitment.outreach import api as outreach
from services.recruitment.policies.handlers import use_folder
from services.recruitment.settings import Settings
from services.recruitment.targets import api as targets
from services.recruitment.targets.handlers import on_pip_signed
from shared.database.figures import DatabaseFigures
from shared.events import PIPSigned
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

# Their order is that of the OpenAPI document.
ROUTERS = (neighbourhoods, ambassadors, targets, outreach, candidates, monitoring)
router = APIRouter()
for capability in ROUTERS:
    router.include_router(capability.router)

SUBSCRIPTIONS: tuple[Subscription, ...] = (Subscription(event=PIPSigned, handler=on_pip_signed),)

DEFINITION = ServiceDefinition(
    name="recruitment",
    title="Meedoen werving",
    description="Ambassadeurs, wervingsacties en kandidaten, tot en met de aanmelding met toestemming.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
    tags={
        "wijken": "Wijken en hun groepsdoel",
        "ambassadeurs": "Ambassadeurs, hun koppels en hun doelen",
        "werving": "Wervingsacties in de wijk",
        "kandidaten": "Wie zich aanmeldde, met toestemming",
        "cijfers": "Tellingen zonder personen",
        "inzagelog": "Wie wat over wie te zien kreeg",
    },
)


def create_app(settings: Settings) -> FastAPI:
    """Return the service over these settings; building it does no I/O beyond reading the policies."""
    without_policy = use_folder(settings.policies_folder, settings.municipalities)
    figures = DatabaseFigures(metrics.GAUGES, (count_gauges,), settings.municipalities, settings.figures_every_seconds)
    app = create_service(settings, DEFINITION, measure=figures.measure, without_policy=without_policy)
    app.state.registry.register(metrics.REGISTRY)
    return app


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
