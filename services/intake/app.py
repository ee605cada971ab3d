"""Intake, wired: what it answers, what it consumes, what it counts."""

from typing import Any

from fastapi import APIRouter, FastAPI

from services.intake import metrics
from services.intake.broad_intake import api as broad_intake
from services.intake.figures import api as figures
from services.intake.figures.handlers import count_gauges
from services.intake.file.api import newcomers, notices
from services.intake.file.handlers import on_candidate_recruited, on_candidate_withdrawn, on_day_started
from services.intake.overview import api as overview
from services.intake.plan import api as plan
from services.intake.policies.handlers import forward_days_max, use_folder
from services.intake.settings import Settings
from shared.database.figures import DatabaseFigures
from shared.events import CandidateRecruited, CandidateWithdrawn, DayStarted
from shared.messaging import Subscription
from shared.service import ServiceDefinition, api_document, create_service

# Their order is that of the OpenAPI document.
ROUTERS = (newcomers, figures, overview, notices, broad_intake, plan)
router = APIRouter()
for capability in ROUTERS:
    router.include_router(capability.router)

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(event=CandidateRecruited, handler=on_candidate_recruited),
    Subscription(event=CandidateWithdrawn, handler=on_candidate_withdrawn),
    Subscription(event=DayStarted, handler=on_day_started),
)

DEFINITION = ServiceDefinition(
    name="intake",
    title="Meedoen intake",
    description="Het dossier van een inburgeraar: de brede intake, de leerroute, het PIP en de wettelijke termijn.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
    tags={
        "dossiers": "Dossiers van nieuwkomers met hun termijnen",
        "brede intake": "Het gesprek en de onderdelen van de brede intake",
        "PIP": "Het persoonlijk plan inburgering en participatie",
        "cijfers": "Tellingen zonder personen",
        "inzagelog": "Wie wat over wie te zien kreeg",
    },
    forward_days_max=forward_days_max,
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
