"""Ontzorgen, wired: what it listens to, what it answers, what it counts."""

from functools import partial
from typing import Any

from fastapi import FastAPI

from services.ontzorgen import handlers, metrics, policies
from services.ontzorgen.api import bank, router
from services.ontzorgen.handlers.watching import measure
from services.ontzorgen.policies.law import the_law
from services.ontzorgen.settings import Settings
from shared.events import DayStarted, PIPSigned, RunShardOpened
from shared.messaging import Subscription
from shared.service import API_PREFIX, ServiceDefinition, api_document, create_service

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(event=PIPSigned, handler=handlers.on_pip_signed),
    Subscription(event=DayStarted, handler=handlers.on_day_started),
    Subscription(event=RunShardOpened, handler=handlers.on_shard_opened, is_alone=True),
)

DEFINITION = ServiceDefinition(
    name="ontzorgen",
    title="Meedoen ontzorgen",
    description="Huishoudens van wie de gemeente zes maanden de vaste lasten uit de bijstand betaalt.",
    router=router,
    subscriptions=SUBSCRIPTIONS,
)


def create_app(settings: Settings) -> FastAPI:
    """The service over these settings; building it does no I/O beyond reading the policies and the law."""
    policies.use(settings.policies_folder)
    the_law()
    larger = {f"{API_PREFIX}{path}": settings.bank_file_bytes_max for path in bank.UPLOADS}
    watched = partial(measure, municipalities=settings.municipalities)
    app = create_service(settings, DEFINITION, larger_bodies=larger, measure=watched)
    app.state.payments_per_file_max = settings.payments_per_file_max
    app.state.registry.register(metrics.REGISTRY)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, without starting anything."""
    return api_document(DEFINITION)
